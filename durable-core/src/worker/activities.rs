//! Activities on their way: which runs, which waits for a slot.

use std::collections::BTreeMap;

use crate::context::{ActivityContext, CancelSignal};
use crate::definition::ActivityFn;
use crate::failure::Failure;
use crate::id::{ExecutionId, InstanceKey, TaskId};
use crate::payload::Payload;
use crate::store::Lease;
use crate::time::Timestamp;
use crate::worker::engine::LocalId;
use crate::worker::throttle::Lanes;

/// One run of one activity on this worker; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(u64);

#[cfg(test)]
impl RunId {
    pub(super) fn for_test(id: u64) -> Self {
        Self(id)
    }
}

/// An activity for the shell to run. Its result goes back as [`ActivityDone`].
pub struct ActivityRun {
    /// Which run this is.
    pub id: RunId,
    /// The user's code.
    pub code: ActivityFn,
    /// Its context.
    pub ctx: ActivityContext,
    /// Its arguments.
    pub input: Payload,
}

/// An activity has ended.
#[derive(Debug)]
pub struct ActivityDone {
    /// Which run.
    pub id: RunId,
    /// Its result.
    pub result: Result<Payload, Failure>,
    /// Where its completion is.
    pub completion: Completion,
}

/// Where the completion of an activity is when it returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completion {
    /// It is what it returned.
    #[default]
    Returned,
    /// In the inbox: it was committed with what the activity wrote.
    InStore,
    /// Perhaps in the inbox: the commit's outcome is unknown.
    Unknown,
}

/// An attempt of a call, as a store knows it: what a transactional activity is checked against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskRef {
    /// The lease of the worker that runs it.
    pub lease: Lease,
    /// Whose call it is.
    pub key: InstanceKey,
    /// In which execution.
    pub execution: ExecutionId,
    /// Which operation.
    pub task: TaskId,
    /// Which attempt.
    pub attempt: u32,
}

/// Whose run it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunOf {
    pub(super) instance: LocalId,
    pub(super) task: TaskId,
    pub(super) attempt: u32,
}

struct Running {
    of: RunOf,
    cancel: CancelSignal,
}

/// The runs of a worker, at most so many at a time.
pub(super) struct Activities {
    limit: usize,
    started: usize,
    last: u64,
    runs: BTreeMap<RunId, Running>,
    waiting: Lanes,
}

impl Activities {
    pub(super) fn new(limit: usize, waiting: Lanes) -> Self {
        Self { limit: limit.max(1), started: 0, last: 0, runs: BTreeMap::new(), waiting }
    }

    /// How many run.
    pub(super) fn running(&self) -> usize {
        self.started
    }

    /// When a rate lets another one through.
    pub(super) fn next_start(&self) -> Option<Timestamp> {
        if self.started < self.limit { self.waiting.next() } else { None }
    }

    /// Whether no user code is running.
    pub(super) fn is_idle(&self) -> bool {
        self.started == 0
    }

    /// How many runs wait for a slot.
    pub(super) fn backlog(&self) -> usize {
        self.waiting.len()
    }

    /// Adds a run; it waits until [`Activities::next`] hands it out.
    pub(super) fn add(
        &mut self,
        of: RunOf,
        code: ActivityFn,
        input: Payload,
        context: impl FnOnce(&CancelSignal) -> ActivityContext,
    ) -> RunId {
        self.last += 1;
        let id = RunId(self.last);
        let cancel = CancelSignal::default();
        let ctx = context(&cancel);
        self.runs.insert(id, Running { of, cancel });
        self.waiting.push(ActivityRun { id, code, ctx, input });
        id
    }

    /// The next run that may start now.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<(ActivityRun, RunOf)> {
        while self.started < self.limit {
            let run = self.waiting.pop(now)?;
            // A run that was cancelled while it waited is gone already.
            if let Some(running) = self.runs.get(&run.id) {
                self.started += 1;
                self.waiting.begin(&run, now);
                return Some((run, running.of));
            }
        }
        None
    }

    /// Whether this attempt may be given up: a store is not about to complete it.
    pub(super) fn give_up(&self, id: RunId) -> bool {
        self.runs.get(&id).is_none_or(|run| run.cancel.give_up())
    }

    /// How many heartbeats a run has had.
    pub(super) fn beats(&self, id: RunId) -> Option<u64> {
        self.runs.get(&id).map(|run| run.cancel.beats())
    }

    /// A run has ended. `None` if nobody waits for it any more.
    pub(super) fn done(&mut self, id: RunId) -> Option<RunOf> {
        // Only started runs come back, each once: the slot is free, wanted or not.
        self.started -= 1;
        self.waiting.end(id);
        self.runs.remove(&id).map(|r| r.of)
    }

    /// Nobody waits for this run any more: its token tells it, and its result is discarded.
    pub(super) fn cancel(&mut self, id: RunId) {
        if let Some(run) = self.runs.remove(&id) {
            run.cancel.cancel();
        }
    }

    /// Takes back what has no slot yet.
    pub(super) fn drop_waiting(&mut self) {
        for run in self.waiting.drain() {
            self.runs.remove(&run.id);
        }
    }

    /// Tells all that are running that nobody waits for them any more.
    pub(super) fn cancel_all(&mut self) {
        self.drop_waiting();
        for (_, run) in std::mem::take(&mut self.runs) {
            run.cancel.cancel();
        }
    }
}
