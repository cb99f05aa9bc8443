//! What an activity may ask for.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use tokio::sync::Notify;

use crate::context::Data;
use crate::id::{ExecutionId, InstanceId, TaskId};
use crate::trace::TraceContext;
use crate::worker::{Completion, TaskRef};

/// Which call this is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ActivityInfo {
    /// The activity's durable name.
    pub name: Arc<str>,
    /// Who called.
    pub instance: InstanceId,
    /// Which execution of it.
    pub execution: ExecutionId,
    /// Which operation of the execution.
    pub task: TaskId,
    /// Which run of this call, from 1: retries and runs that a crash cut short are counted.
    pub attempt: u32,
    /// What its idempotency key derives from.
    pub seed: u64,
    /// The trace that the instance belongs to.
    pub trace: Option<TraceContext>,
    pub(crate) task_ref: Option<TaskRef>,
}

/// Everything that an activity may ask its worker for. An activity may take it as its first
/// parameter, and may as well leave it out.
#[derive(Clone)]
pub struct ActivityContext {
    info: Arc<ActivityInfo>,
    data: Arc<Data>,
    signal: CancelSignal,
}

impl ActivityContext {
    pub(crate) fn new(info: Arc<ActivityInfo>, data: Arc<Data>, signal: &CancelSignal) -> Self {
        Self { info, data, signal: signal.clone() }
    }

    /// A context for calling an activity directly in a unit test: attempt 1 of task 0 of the
    /// instance `test`, with this data.
    ///
    /// ```
    /// use durable_core::{ActivityContext, Data};
    /// let mut data = Data::default();
    /// data.insert(String::from("a pool"));
    /// let ctx = ActivityContext::for_test(data);
    /// assert_eq!(ctx.data::<String>(), "a pool");
    /// assert_eq!(ctx.attempt(), 1);
    /// ```
    pub fn for_test(data: Data) -> Self {
        let info = ActivityInfo {
            name: "test".into(),
            instance: InstanceId::from_stored("test"),
            execution: ExecutionId(0),
            task: TaskId(0),
            attempt: 1,
            seed: 0,
            trace: None,
            task_ref: None,
        };
        Self::new(Arc::new(info), Arc::new(data), &CancelSignal::default())
    }

    /// The value of this type that the worker was given with `data(..)`.
    ///
    /// # Panics
    ///
    /// If there is none. Say `#[activity(needs(T))]`, and its absence is an error when the
    /// worker starts.
    pub fn data<T: 'static>(&self) -> &T {
        self.try_data().unwrap_or_else(|| {
            let t = std::any::type_name::<T>();
            panic!(
                "activity `{}` asks for data of type `{t}`, which its worker does not have: add `.data(..)` to the \
                 worker's builder, and `needs({t})` to the activity so that this is found at start",
                self.info.name
            )
        })
    }

    /// The value of this type that the worker was given with `data(..)`, if there is one.
    pub fn try_data<T: 'static>(&self) -> Option<&T> {
        self.data.get()
    }

    /// A key for making a request to another system idempotent: the same over attempts,
    /// restarts and takeovers of this call, different for every other call.
    pub fn idempotency_key(&self) -> String {
        format!("{}:{:016x}:{}", self.info.instance, self.info.seed, self.info.task)
    }

    /// Which run of this call this is, from 1. Retries count, and so do runs that a crash of the
    /// worker may have cut short.
    pub fn attempt(&self) -> u32 {
        self.info.attempt
    }

    /// The id of the instance that called.
    pub fn instance_id(&self) -> &str {
        self.info.instance.as_str()
    }

    /// Which call this is.
    pub fn info(&self) -> &ActivityInfo {
        &self.info
    }

    /// The W3C trace context of the instance that called, to be sent along with requests to others.
    pub fn trace(&self) -> Option<TraceContext> {
        self.info.trace
    }

    /// The attempt as a store knows it; `None` in a unit test.
    #[doc(hidden)]
    pub fn task_ref(&self) -> Option<TaskRef> {
        self.info.task_ref
    }

    /// A store is about to commit the completion of this attempt with what the activity has written.
    /// False if the attempt has been given up: then nothing may be committed. As long as the store is
    /// at it, the engine does not give the attempt up.
    #[doc(hidden)]
    pub fn begin_completion_in_store(&self) -> bool {
        self.signal.0.settled_by.compare_exchange(NOBODY, STORE_TRIES, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// The store has committed nothing.
    #[doc(hidden)]
    pub fn abandon_completion_in_store(&self) {
        // An error means that it was not at it.
        let _ = self.signal.0.settled_by.compare_exchange(STORE_TRIES, NOBODY, Ordering::AcqRel, Ordering::Acquire);
    }

    /// The store has committed the completion: what the activity returns is what stands there.
    #[doc(hidden)]
    pub fn set_completed_in_store(&self) {
        self.signal.0.settled_by.store(STORE, Ordering::Release);
    }

    pub(crate) fn signal(&self) -> &CancelSignal {
        &self.signal
    }

    /// Says that it is alive and makes progress. With a `heartbeat_timeout` on the call, an attempt
    /// that says so too seldom is given up. Cheap: call it as often as you like.
    pub fn heartbeat(&self) {
        self.signal.0.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether nobody waits for the result any more: the call was dropped, ran out of time, or
    /// its worker lost the instance. The result will be discarded.
    pub fn is_cancelled(&self) -> bool {
        self.signal.0.cancelled.load(Ordering::Acquire)
    }

    /// Waits until nobody waits for the result any more.
    pub async fn cancelled(&self) {
        let mut told = std::pin::pin!(self.signal.0.told.notified());
        // Before the look, so that a signal between the two is not missed.
        told.as_mut().enable();
        if !self.is_cancelled() {
            told.await;
        }
    }
}

impl fmt::Debug for ActivityContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ActivityContext").field(&self.info).finish()
    }
}

/// What the worker and a running activity tell each other: that nobody waits any more, and that it
/// is alive.
#[derive(Clone, Default)]
pub struct CancelSignal(Arc<Signal>);

#[derive(Default)]
struct Signal {
    cancelled: AtomicBool,
    told: Notify,
    beats: AtomicU64,
    settled_by: AtomicU8,
}

/// Who settles an attempt: the one that is first.
const NOBODY: u8 = 0;
const STORE_TRIES: u8 = 1;
const STORE: u8 = 2;
const ENGINE: u8 = 3;

impl CancelSignal {
    pub(crate) fn cancel(&self) {
        // A store that has begun to complete it is not held up; its result is discarded.
        self.give_up();
        self.0.cancelled.store(true, Ordering::Release);
        self.0.told.notify_waiters();
    }

    /// Whether the engine may give the attempt up: a store is not about to complete it.
    pub(crate) fn give_up(&self) -> bool {
        let by = self.0.settled_by.compare_exchange(NOBODY, ENGINE, Ordering::AcqRel, Ordering::Acquire);
        by.is_ok() || by == Err(ENGINE)
    }

    /// Where the completion is, now that the activity has returned.
    pub(crate) fn completion(&self) -> Completion {
        match self.0.settled_by.load(Ordering::Acquire) {
            STORE => Completion::InStore,
            STORE_TRIES => Completion::Unknown,
            _ => Completion::Returned,
        }
    }

    /// How many heartbeats there were.
    pub(crate) fn beats(&self) -> u64 {
        self.0.beats.load(Ordering::Relaxed)
    }
}
