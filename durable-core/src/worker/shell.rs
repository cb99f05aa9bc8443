//! The worker's thread: hands the engine what happens and carries out what it asks for.
//!
//! One OS thread per worker polls orchestrators, so that their futures need not be `Send`, and
//! so that no tokio context is there for them to find. It sleeps when nothing happens.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tracing::Instrument;
use tracing::field::Empty;

use crate::context::{ActivityInfo, Data};
use crate::definition::Registry;
use crate::failure::{Failure, FailureKind};
use crate::id::{InstanceId, InstanceKey};
use crate::store::{
    ClaimedInstance, CommitOutcome, InboxMessage, Lease, Offer, Store, StoreError, StoreFuture, WorkerInfo,
};
use crate::time::Timestamp;
use crate::worker::activities::{ActivityDone, ActivityRun};
use crate::worker::engine::{Effect, Ended, Engine, EngineParts, StartRefused, StartRequest};
use crate::worker::env::Env;
use crate::worker::health::Vitals;
use crate::worker::settings::Settings;

/// What the outside tells the worker's thread.
pub(crate) enum Input {
    Start(Box<StartRequest>),
    Watch(InstanceId, oneshot::Sender<Ended>),
    /// Of the engine of this generation.
    ActivityDone(u64, ActivityDone),
    StoreChanged,
    /// So many other workers are live.
    Neighbours(usize),
    LeaseLost(Lease),
    /// Answered when the worker has let go of everything.
    Shutdown(Duration, oneshot::Sender<()>),
}

/// The way to the worker's thread: a queue that wakes it.
#[derive(Clone)]
pub(crate) struct Inputs {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<VecDeque<Input>>,
    thread: Mutex<Option<Thread>>,
    woken: AtomicBool,
    closed: AtomicBool,
}

impl Inputs {
    fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                queue: Mutex::default(),
                thread: Mutex::default(),
                // The thread has something to do when it starts.
                woken: AtomicBool::new(true),
                closed: AtomicBool::new(false),
            }),
        }
    }

    /// Puts something in; gives it back if the thread has ended.
    pub(crate) fn send(&self, input: Input) -> Result<(), Input> {
        let mut queue = lock(&self.shared.queue);
        // Checked under the lock that the thread takes when it closes: nothing is left unanswered.
        if self.shared.closed.load(Ordering::Acquire) {
            return Err(input);
        }
        queue.push_back(input);
        drop(queue);
        self.shared.clone().wake();
        Ok(())
    }

    fn take(&self, into: &mut VecDeque<Input>) {
        std::mem::swap(&mut *lock(&self.shared.queue), into);
    }

    fn close(&self) {
        let left = {
            let mut queue = lock(&self.shared.queue);
            self.shared.closed.store(true, Ordering::Release);
            std::mem::take(&mut *queue)
        };
        for input in left {
            // Certainly not started, so the client may start it through the store. The senders of
            // everything else hear of it by the drop.
            if let Input::Start(request) = input {
                let _ = request.reply.send(Err(StartRefused::NotHere));
            }
        }
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        if !self.woken.swap(true, Ordering::AcqRel)
            && let Some(thread) = &*lock(&self.thread)
        {
            thread.unpark();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a worker's thread is made of.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) env: Arc<dyn Env>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) data: Arc<Data>,
    pub(crate) settings: Settings,
    pub(crate) info: WorkerInfo,
    pub(crate) lease: Lease,
    /// Where activities run.
    pub(crate) runtime: tokio::runtime::Handle,
    /// How many other workers there are.
    pub(crate) neighbours: usize,
    /// Hears how the worker is.
    pub(crate) vitals: Arc<Vitals>,
    /// Hears of every new lease.
    pub(crate) leases: tokio::sync::watch::Sender<Lease>,
}

/// Starts the thread.
pub(crate) fn spawn(parts: Parts) -> std::io::Result<Inputs> {
    let inputs = Inputs::new();
    let handle = inputs.clone();
    std::thread::Builder::new().name(format!("durable-{}", parts.lease.worker)).spawn(move || {
        *lock(&inputs.shared.thread) = Some(std::thread::current());
        Shell::new(parts, inputs).run();
    })?;
    Ok(handle)
}

type Call<'a, T> = Option<StoreFuture<'a, T>>;

/// The store calls on their way.
#[derive(Default)]
struct Calls<'a> {
    commit: Call<'a, Vec<CommitOutcome>>,
    claim: Call<'a, Vec<ClaimedInstance>>,
    mail: Call<'a, Vec<InboxMessage>>,
    reload: Call<'a, Vec<ClaimedInstance>>,
    /// What each is about, and the call.
    rechecks: Vec<(Vec<Offer>, StoreFuture<'a, ()>)>,
}

struct Shell {
    parts: Parts,
    inputs: Inputs,
    waker: Waker,
    generation: u64,
    /// Other workers, when they were last counted.
    neighbours: usize,
    stopping: Option<Stopping>,
}

struct Stopping {
    until: Timestamp,
    done: Vec<oneshot::Sender<()>>,
}

impl Shell {
    fn new(parts: Parts, inputs: Inputs) -> Self {
        let waker = Waker::from(inputs.shared.clone());
        let neighbours = parts.neighbours;
        Self { parts, inputs, waker, generation: 0, neighbours, stopping: None }
    }

    /// Runs until it is shut down. Each round of the loop has its own lease.
    fn run(mut self) {
        loop {
            let ended = self.run_with_lease();
            match ended {
                RoundEnd::Shutdown => break,
                RoundEnd::LeaseLost => {
                    tracing::warn!(worker = %self.parts.lease.worker, "the lease was taken over; entering again");
                    if self.enter_again().is_none() {
                        break;
                    }
                }
            }
        }
        self.inputs.close();
        for done in self.stopping.into_iter().flat_map(|s| s.done) {
            let _ = done.send(());
        }
    }

    /// Gets a new lease, however long it takes; `None` if the store is closed.
    fn enter_again(&mut self) -> Option<()> {
        let mut wait = crate::limits::STORE_RETRY_FIRST;
        // If the lease was given up and not taken, what it holds is free at once. Otherwise this
        // fails, and nothing is to be done.
        let _ = block_on(self.parts.store.release_worker(self.parts.lease, self.parts.env.now()));
        loop {
            let register = self.parts.store.register_worker(self.parts.info.clone(), self.parts.env.now());
            match block_on(register) {
                Ok(lease) => {
                    self.parts.lease = lease;
                    self.generation += 1;
                    self.parts.leases.send_replace(lease);
                    return Some(());
                }
                Err(StoreError::Closed) => return None,
                Err(e) => {
                    tracing::warn!(error = %e, "cannot enter again yet");
                    std::thread::park_timeout(wait);
                    wait = (wait * 2).min(crate::limits::STORE_RETRY_MAX);
                }
            }
        }
    }

    fn run_with_lease(&mut self) -> RoundEnd {
        let env = self.parts.env.clone();
        let store = self.parts.store.clone();
        let mut engine = Engine::new(EngineParts {
            lease: self.parts.lease,
            registry: self.parts.registry.clone(),
            data: self.parts.data.clone(),
            settings: self.parts.settings.clone(),
            random: Box::new({
                let env = env.clone();
                move || env.random()
            }),
            turns: Some(self.parts.vitals.turns()),
            second_run: None,
        });
        let lease = self.parts.lease;
        self.parts.vitals.update(|health| health.lease = lease);
        if self.stopping.is_some() {
            // It lost its lease while it was stopping: the new one is for nothing but leaving.
            engine.stop();
        }
        engine.neighbours(self.neighbours);
        let mut calls = Calls::default();
        #[cfg(feature = "metrics")]
        let mut published = crate::worker::metrics::Published::default();
        let mut inputs = VecDeque::new();
        loop {
            self.inputs.shared.woken.store(false, Ordering::Release);
            let now = env.now();
            engine.tick(now);
            self.inputs.take(&mut inputs);
            for input in inputs.drain(..) {
                self.input(&mut engine, input, now);
            }
            let mut runs = Vec::new();
            for effect in engine.run() {
                self.effect(&*store, &mut calls, &mut runs, effect);
            }
            self.run_activities(runs);
            self.parts.vitals.update(|health| {
                engine.report(health);
                #[cfg(feature = "metrics")]
                published.publish(health);
            });
            let mut cx = Context::from_waker(&self.waker);
            let progressed = calls.poll(&mut cx, &mut engine);
            if engine.has_lost_lease() {
                return RoundEnd::LeaseLost;
            }
            if let Some(stopping) = &self.stopping
                && (engine.is_drained() || now >= stopping.until)
            {
                engine.abandon();
                drop(calls);
                let release = block_on(store.release_worker(self.parts.lease, now));
                if let Err(e) = release {
                    tracing::warn!(error = %e, "the worker's lease could not be released; it will run out");
                }
                return RoundEnd::Shutdown;
            }
            if !progressed && !self.inputs.shared.woken.load(Ordering::Acquire) {
                self.sleep(&engine, now);
            }
        }
    }

    /// Sleeps until something happens or the engine wants to be asked again.
    fn sleep(&self, engine: &Engine, now: Timestamp) {
        let deadline = engine.next_deadline().into_iter().chain(self.stopping.as_ref().map(|s| s.until)).min();
        match deadline {
            // At least a millisecond: the clock of `park` and that of timestamps differ a little.
            Some(at) => std::thread::park_timeout((at - now).max(Duration::from_millis(1))),
            None => std::thread::park(),
        }
    }

    fn input(&mut self, engine: &mut Engine, input: Input, now: Timestamp) {
        match input {
            Input::Start(request) => engine.start(*request),
            Input::Watch(id, waiter) => engine.watch(&id, waiter),
            Input::ActivityDone(generation, done) => {
                if generation == self.generation {
                    engine.activity_done(done);
                }
            }
            Input::StoreChanged => engine.store_changed(),
            Input::Neighbours(others) => {
                self.neighbours = others;
                engine.neighbours(others);
            }
            Input::LeaseLost(lease) => {
                if lease == self.parts.lease {
                    engine.lose_lease();
                }
            }
            Input::Shutdown(grace, done) => {
                engine.stop();
                let until = now + grace;
                let stopping = self.stopping.get_or_insert(Stopping { until, done: Vec::new() });
                stopping.until = stopping.until.min(until);
                stopping.done.push(done);
            }
        }
    }

    fn effect<'a>(&self, store: &'a dyn Store, calls: &mut Calls<'a>, runs: &mut Vec<ActivityRun>, effect: Effect) {
        match effect {
            Effect::Commit(batch) => calls.commit = Some(store.commit(batch)),
            Effect::Claim(claim) => calls.claim = Some(store.claim(claim)),
            Effect::Mail(lease, after) => calls.mail = Some(store.mail(lease, after)),
            Effect::Reload(lease, keys, ids) => calls.reload = Some(Box::pin(reload(store, lease, keys, ids))),
            Effect::Recheck(offers) => {
                let now = self.parts.env.now();
                calls.rechecks.push((offers.clone(), Box::pin(recheck(store, offers, now))));
            }
            Effect::Run(run) => runs.push(run),
        }
    }

    /// Hands a round's activities to tokio. From outside of it a spawn takes a lock and wakes a
    /// thread, so several go as one, which spawns the others where that is cheap.
    fn run_activities(&self, mut runs: Vec<ActivityRun>) {
        let (inputs, generation) = (self.inputs.clone(), self.generation);
        let Some(last) = runs.pop() else { return };
        self.parts.runtime.spawn(async move {
            for run in runs {
                tokio::spawn(run_activity(run, inputs.clone(), generation));
            }
            run_activity(last, inputs, generation).await;
        });
    }
}

async fn run_activity(run: ActivityRun, inputs: Inputs, generation: u64) {
    let ActivityRun { id, code, ctx, input } = run;
    let signal = ctx.signal().clone();
    let span = activity_span(ctx.info());
    let result = Caught { future: async move { code(ctx, input).await } };
    // Where nobody listens there is nothing to enter.
    let result = if span.is_disabled() { result.await } else { result.instrument(span).await };
    let result = result.unwrap_or_else(|panic| Err(Failure::new(FailureKind::Panic, panic)));
    // If the thread has ended nobody wants the result.
    let _ = inputs.send(Input::ActivityDone(generation, ActivityDone { id, result, completion: signal.completion() }));
}

/// What an activity logs is found by its instance, and by the trace that this belongs to.
fn activity_span(info: &ActivityInfo) -> tracing::Span {
    let ActivityInfo { name, instance, execution, task, attempt, .. } = info;
    let span = tracing::info_span!(
        "activity", %name, %instance, execution = execution.0, task = task.0, attempt, traceparent = Empty
    );
    if let Some(trace) = info.trace {
        span.record("traceparent", tracing::field::display(trace));
    }
    span
}

/// What [`Effect::Recheck`] asks for.
async fn recheck(store: &dyn Store, offers: Vec<Offer>, now: Timestamp) -> Result<(), StoreError> {
    let workers = store.workers().await?;
    let is_offered = |o: &Offer| workers.iter().any(|w| !w.fenced && w.offers.contains(o));
    let offered: Vec<Offer> = offers.into_iter().filter(is_offered).collect();
    if !offered.is_empty() {
        store.unpark(offered, now).await?;
    }
    Ok(())
}

enum RoundEnd {
    Shutdown,
    LeaseLost,
}

impl Calls<'_> {
    /// Polls what is on its way; whether something came back.
    fn poll(&mut self, cx: &mut Context<'_>, engine: &mut Engine) -> bool {
        let mut progressed = false;
        if let Some(result) = poll_call(&mut self.commit, cx) {
            engine.committed(result);
            progressed = true;
        }
        if let Some(result) = poll_call(&mut self.claim, cx) {
            engine.claimed(result);
            progressed = true;
        }
        if let Some(result) = poll_call(&mut self.mail, cx) {
            engine.mail(result);
            progressed = true;
        }
        self.rechecks.retain_mut(|(offers, recheck)| match recheck.as_mut().poll(cx) {
            Poll::Ready(Ok(())) => false,
            Poll::Ready(Err(e)) => {
                engine.recheck_failed(std::mem::take(offers), &e);
                progressed = true;
                false
            }
            Poll::Pending => true,
        });
        if let Some(result) = poll_call(&mut self.reload, cx) {
            engine.reloaded(result);
            progressed = true;
        }
        progressed
    }
}

fn poll_call<T>(call: &mut Call<'_, T>, cx: &mut Context<'_>) -> Option<Result<T, StoreError>> {
    match call.as_mut()?.as_mut().poll(cx) {
        Poll::Ready(result) => {
            *call = None;
            Some(result)
        }
        Poll::Pending => None,
    }
}

/// What [`Effect::Reload`] asks for.
async fn reload(
    store: &dyn Store,
    lease: Lease,
    keys: Vec<InstanceKey>,
    ids: Vec<InstanceId>,
) -> Result<Vec<ClaimedInstance>, StoreError> {
    let mut found = store.reload(lease, keys).await?;
    let mut mine = Vec::new();
    for id in ids {
        let record = store.instance(id).await?;
        mine.extend(record.filter(|r| r.owner == Some(lease.worker)).map(|r| r.key));
    }
    if !mine.is_empty() {
        found.extend(store.reload(lease, mine).await?);
    }
    Ok(found)
}

pin_project_lite::pin_project! {
    /// Turns a panic of user code into its text.
    struct Caught<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, String>;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.project().future;
        let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| future.poll(cx)));
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(crate::replay::panic_text(&*panic))),
        }
    }
}

/// Runs a future to its end on this thread.
fn block_on<T>(mut future: Pin<Box<dyn Future<Output = T> + Send + '_>>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
