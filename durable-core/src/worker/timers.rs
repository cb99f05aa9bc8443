//! The near timers of the instances in memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::id::TaskId;
use crate::time::Timestamp;
use crate::worker::engine::LocalId;

/// What happens when a moment comes. Entries are never taken out early: who asks checks whether
/// the entry still means anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    pub(super) at: Timestamp,
    pub(super) instance: LocalId,
    pub(super) task: TaskId,
    pub(super) attempt: u32,
    pub(super) what: DueKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DueKind {
    /// A durable timer fires.
    Fire,
    /// An attempt of an activity has used up its time.
    AttemptTimeout,
    /// An attempt must have had a heartbeat since this many.
    Heartbeat(u64),
}

#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<Due>>,
}

impl Timers {
    pub(super) fn arm(&mut self, due: Due) {
        self.heap.push(Reverse(due));
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse(due)| due.at)
    }

    /// The next entry whose time has come.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<Due> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(due)| due)
    }
}
