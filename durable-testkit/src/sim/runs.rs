//! Activities that run: real futures, of which the simulator decides how long they take.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use durable_core::worker::{ActivityDone, ActivityRun, RunId};
use durable_core::{ActivityContext, Failure, FailureKind, Payload};

use super::workload::{Fate, Plan};
use super::world::{Next, Sim, Who};

type UserFuture = Pin<Box<dyn Future<Output = Result<Payload, Failure>> + Send>>;

/// Planned failures of one call, at most: fewer than the attempts of every retry policy of the
/// workload.
const PLANNED_FAILURES_MAX: u32 = 4;

/// A run that is on its way.
pub(super) struct Running {
    ctx: ActivityContext,
    future: UserFuture,
    gate: Arc<AtomicBool>,
}

impl Sim {
    pub(super) fn run_starts(&mut self, who: Who, run: ActivityRun) {
        let ActivityRun { id, code, ctx, input } = run;
        self.counters.runs += 1;
        let info = ctx.info().clone();
        self.note(format_args!(
            "w{} starts {} #{} of {}, run {}",
            who.slot, info.name, info.task, info.instance, info.attempt
        ));
        let Some(lease) = self.live(who).map(|live| live.lease) else { return };
        let has_unanswered = self.has_unanswered_commit(who);
        if let Err(what) = self.monitor.starts(lease, &info, has_unanswered) {
            self.violation(what);
        }
        let fails = self.faults && self.monitor.failures(&info) < PLANNED_FAILURES_MAX;
        let (fate, slow) = match &*info.name {
            "flaky" if fails => match self.rng.below(5) {
                0 | 1 => (Fate::Fail, false),
                2 => (Fate::Panic, false),
                _ => (Fate::Ok, false),
            },
            "slow" if fails && self.rng.chance(400) => (Fate::Ok, true),
            _ => (Fate::Ok, false),
        };
        if fate != Fate::Ok || slow {
            self.monitor.failed(&info);
        }
        let takes = match self.rng.below(10) {
            _ if slow => self.rng.millis(401, 2000),
            0..=5 => self.rng.millis(0, 2),
            6..=8 => self.rng.millis(1, 100),
            _ => self.rng.millis(50, 350),
        };
        let gate = Arc::new(AtomicBool::new(false));
        let Some(live) = self.live(who) else { return };
        live.desk.put(Plan { fate, gate: gate.clone() });
        let mut running = Running { future: code(ctx.clone(), input), ctx, gate };
        // Its first poll takes the plan and comes to rest at the gate.
        match running.poll() {
            Some(result) => self.done(who, id, result),
            None => {
                live.runs.insert(id, running);
                self.plan(takes, Next::RunEnds(who, id));
            }
        }
    }

    pub(super) fn run_ends(&mut self, who: Who, id: RunId) {
        let Some(live) = self.awake(who, Next::RunEnds(who, id)) else { return };
        let Some(mut running) = live.runs.remove(&id) else { return };
        running.gate.store(true, Ordering::Relaxed);
        let result = running.poll();
        let info = running.ctx.info().clone();
        let cancelled = if running.ctx.is_cancelled() { " (cancelled)" } else { "" };
        let verb = if matches!(result, Some(Ok(_))) { "ends" } else { "fails" };
        self.note(format_args!("w{}: {} #{} of {} {verb}{cancelled}", who.slot, info.name, info.task, info.instance));
        match result {
            Some(result) => self.done(who, id, result),
            None => self.violation(format!("activity {} waits for something else than its gate", info.name)),
        }
    }

    fn done(&mut self, who: Who, id: RunId, result: Result<Payload, Failure>) {
        if let Some(live) = self.live(who) {
            live.engine.activity_done(ActivityDone {
                id,
                result,
                completion: durable_core::worker::Completion::Returned,
            });
            self.wake(who);
        }
    }
}

impl Running {
    fn poll(&mut self) -> Option<Result<Payload, Failure>> {
        let mut cx = Context::from_waker(Waker::noop());
        match catch_unwind(AssertUnwindSafe(|| self.future.as_mut().poll(&mut cx))) {
            Ok(Poll::Ready(result)) => Some(result),
            Ok(Poll::Pending) => None,
            Err(_) => Some(Err(Failure::new(FailureKind::Panic, "planned panic"))),
        }
    }
}
