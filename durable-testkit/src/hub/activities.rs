//! Activities that run: futures that the hub polls on the test's own thread.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use durable_core::worker::{ActivityRun, RunId};
use durable_core::{ActivityContext, Failure, FailureKind, Payload, Timestamp};
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};

type UserFuture = Pin<Box<dyn Future<Output = Result<Payload, Failure>> + Send>>;

/// A run that is on its way.
pub(super) struct Running {
    pub(super) id: RunId,
    /// When it is over, by the virtual clock, if it takes no time in the real world.
    pub(super) until: Timestamp,
    is_real: bool,
    /// Until when the hub waits for it, by the real clock.
    patience_ends: Option<Instant>,
    ctx: ActivityContext,
    future: UserFuture,
    signal: Arc<Signal>,
}

struct Signal {
    woken: AtomicBool,
    thread: Thread,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

impl Running {
    pub(super) fn new(run: ActivityRun, is_real: bool, until: Timestamp, patience: Duration) -> Self {
        let ActivityRun { id, code, ctx, input } = run;
        let signal = Arc::new(Signal { woken: AtomicBool::new(true), thread: std::thread::current() });
        // The code is called at the first poll, so that its panics are caught there.
        let future = Box::pin({
            let ctx = ctx.clone();
            async move { code(ctx, input).await }
        });
        let patience_ends = is_real.then(|| Instant::now() + patience);
        Self { id, until, is_real, patience_ends, ctx, future, signal }
    }

    /// Its result, if it has been woken and is done.
    pub(super) fn poll(&mut self, runtimes: &mut Runtimes) -> Option<Result<Payload, Failure>> {
        if !self.signal.woken.swap(false, Ordering::AcqRel) {
            return None;
        }
        let handle = self.is_real.then(|| runtimes.handle());
        let _entered = handle.as_ref().map(Handle::enter);
        let waker = Waker::from(self.signal.clone());
        let mut cx = Context::from_waker(&waker);
        match catch_unwind(AssertUnwindSafe(|| self.future.as_mut().poll(&mut cx))) {
            Ok(Poll::Ready(result)) => Some(result),
            Ok(Poll::Pending) => None,
            Err(panic) => Some(Err(Failure::new(FailureKind::Panic, panic_text(&*panic)))),
        }
    }

    fn is_woken(&self) -> bool {
        self.signal.woken.load(Ordering::Acquire)
    }
}

/// Waits, by the real clock, until one of these has been woken. `false` if none was, or if there
/// is none that is worth waiting for.
pub(super) fn wait(running: &[Running]) -> bool {
    loop {
        if running.iter().any(Running::is_woken) {
            return true;
        }
        let now = Instant::now();
        // Nobody wants the result of one that is cancelled.
        let wanted = running.iter().filter(|r| !r.ctx.is_cancelled());
        let ends = wanted.filter_map(|r| r.patience_ends).filter(|at| *at > now).max();
        let Some(ends) = ends else { return false };
        std::thread::park_timeout(ends - now);
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a text".to_owned())
}

/// What activities find when they ask for tokio: the test's own runtime if it has several
/// threads, so that its timers go on while the hub drives; else a small one of the hub.
#[derive(Default)]
pub(super) struct Runtimes {
    own: Option<Runtime>,
}

impl Runtimes {
    fn handle(&mut self) -> Handle {
        if let Ok(ambient) = Handle::try_current()
            && ambient.runtime_flavor() == RuntimeFlavor::MultiThread
        {
            return ambient;
        }
        let own = self.own.get_or_insert_with(|| {
            match Builder::new_multi_thread().worker_threads(1).enable_all().thread_name("durable-test-hub").build() {
                Ok(runtime) => runtime,
                Err(e) => panic!("the test hub cannot make a tokio runtime for its activities: {e}"),
            }
        });
        own.handle().clone()
    }
}

impl Drop for Runtimes {
    fn drop(&mut self) {
        // The plain drop of a runtime would block, which is not allowed inside another.
        if let Some(runtime) = self.own.take() {
            runtime.shutdown_background();
        }
    }
}
