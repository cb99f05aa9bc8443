//! How much a worker claims when there are others to share with.
//!
//! Alone it takes all it can get. Beside others it takes a little, and more as it gets done with
//! it: so whoever works faster gets more, and a worker that comes a moment later finds something
//! left. What cannot be got done with soon (it waits for timers and the like) is taken in steps
//! that grow, each after a time in which every other worker has looked.

use std::time::Duration;

use crate::limits::{CLAIM_SHARED, CLAIM_SHARED_MAX};
use crate::time::Timestamp;

/// Every live worker looks at the store at least once in so many poll intervals: an idle one every
/// two and a half, give or take a half.
const POLLS: u32 = 4;

pub(super) struct Shares {
    others: usize,
    /// How long the others get.
    pause: Duration,
    chunk: usize,
    /// Whether the claim on its way is a step of those that grow.
    steps: bool,
    next: Timestamp,
}

impl Default for Shares {
    fn default() -> Self {
        Self { others: 0, pause: Duration::ZERO, chunk: CLAIM_SHARED, steps: false, next: Timestamp::MIN }
    }
}

impl Shares {
    pub(super) fn neighbours(&mut self, others: usize, poll_interval: Duration) {
        self.others = others;
        self.pause = poll_interval * POLLS;
    }

    /// Not before this, with so many in memory.
    pub(super) fn next_claim(&self, in_memory: usize) -> Option<Timestamp> {
        (self.others > 0 && in_memory >= CLAIM_SHARED).then_some(self.next)
    }

    /// How many to claim now.
    pub(super) fn claim(&mut self, alone: usize, in_memory: usize, now: Timestamp) -> usize {
        if self.others == 0 {
            return alone;
        }
        self.next = now + self.pause;
        self.steps = in_memory >= CLAIM_SHARED;
        if self.steps { self.chunk } else { CLAIM_SHARED.min(alone) }
    }

    /// A claim has come back; with as many as asked for, or fewer.
    pub(super) fn claimed(&mut self, full: bool) {
        match full {
            true if self.steps => self.chunk = (self.chunk * 2).min(CLAIM_SHARED_MAX),
            true => {}
            false => self.chunk = CLAIM_SHARED,
        }
    }
}
