//! Counted work: numbers that do not depend on the machine, for the regression check.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a store has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Batches that [`Store::commit`](durable_core::store::Store::commit) was given.
    pub batches: u64,
    /// Calls into sqlx, each a hand-off to SQLite's thread and back.
    pub calls: u64,
    /// SQL statements that SQLite ran, `BEGIN` and `COMMIT` included.
    pub statements: u64,
    /// Write transactions that were committed: one fsync each with full durability.
    pub write_transactions: u64,
    /// Batches that needed the slow path, which reads before it writes: at least one commit was
    /// refused, has no turn, raises an event or continues as new, or the order within the batch
    /// mattered.
    pub slow_batches: u64,
    /// Rows inserted, updated or deleted by commits.
    pub rows: u64,
    /// Bytes of event and message text written by commits.
    pub bytes: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) batches: AtomicU64,
    pub(crate) calls: AtomicU64,
    pub(crate) statements: AtomicU64,
    pub(crate) write_transactions: AtomicU64,
    pub(crate) slow_batches: AtomicU64,
    pub(crate) rows: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

/// Adds to a counter. They are only ever read as statistics.
pub(crate) fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}

impl Counters {
    pub(crate) fn read(&self) -> Stats {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            batches: of(&self.batches),
            calls: of(&self.calls),
            statements: of(&self.statements),
            write_transactions: of(&self.write_transactions),
            slow_batches: of(&self.slow_batches),
            rows: of(&self.rows),
            bytes: of(&self.bytes),
        }
    }
}
