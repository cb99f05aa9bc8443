//! The storage contract: what a task hub must be able to keep, and nothing about how.
//!
//! A store is told *what* to write and *on which condition*; it never looks into a payload,
//! never reads a clock and never decides what happens next. All of a turn goes into one
//! [`Commit`], and a store applies a commit wholly or not at all. `durable-testkit` holds the
//! conformance suite that every store passes.
//!
//! Futures of a store may be polled outside a tokio runtime: a store that needs one carries it.

mod commit;
mod error;
mod memory;
mod query;
mod record;

pub use commit::{
    Commit, CommitOutcome, Delivery, InstanceUpdate, NewInstance, NextExecution, Ownership, Recipient, Request,
    Subject, TurnWrite,
};
pub use error::{StoreError, StoreErrorKind};
pub use memory::MemoryStore;
pub use query::{
    Cursor, InstanceFilter, InstancePage, InstanceQuery, QueryOrder, StatusSet, StoreStatistics, TimeRange,
};
pub use record::{
    Claim, ClaimedInstance, InboxMessage, InstanceRecord, Lease, Offer, Status, WorkerInfo, WorkerRecord,
};

use std::future::Future;
use std::pin::Pin;

use crate::history::PackedTurn;
use crate::id::{ExecutionId, InstanceId, InstanceKey, MessageId, WorkerId};
use crate::time::Timestamp;

/// What a store returns.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A task hub's storage.
///
/// # Rules for implementors
///
/// * **One transaction per call.** Everything that a call writes is visible all at once, and
///   durable before the call returns `Ok`.
/// * **Known or unknown.** An error whose kind is [`StoreErrorKind::Unknown`] may have been
///   applied; every other error means that nothing was.
/// * **No interpretation.** Payloads and turn bodies come back to the byte.
/// * **Time is given.** `now` comes from the caller; a store never asks the clock.
pub trait Store: Send + Sync + 'static {
    /// Applies commits in order, each wholly or not at all, all in one transaction. One outcome
    /// per commit: a stale or refused commit never fails its neighbours.
    ///
    /// Within a commit the order is: the turn is appended, consumed messages go, the row is
    /// updated, the next execution begins, deliveries are made. A delivery to an instance without
    /// an owner makes it ready at once, unless it is `Pending` (then its start time stands). When
    /// an instance finishes, messages that it has not consumed are deleted. When a new instance
    /// takes the place of a finished one, all that was kept of the old one is deleted.
    fn commit(&self, batch: Vec<Commit>) -> StoreFuture<'_, Vec<CommitOutcome>>;

    /// Takes ownership of instances that are ready to run and have no live owner, oldest wake
    /// time first, and reads all of them. Returns [`StoreError::Fenced`] if the lease is not
    /// the worker's current one.
    ///
    /// An instance that nobody has run yet (`Pending`) becomes `Running`; any other keeps its
    /// status. Ready: not finished, not parked, and either without owner and with a wake time that has
    /// come, or owned by a worker whose lease was taken over. Of those without owner only ones
    /// whose orchestrator is among [`Claim::offers`], or is offered by no live worker at all
    /// (so that somebody parks it visibly).
    fn claim(&self, claim: Claim) -> StoreFuture<'_, Vec<ClaimedInstance>>;

    /// Reads instances that this lease owns, inside a write transaction that itself commits:
    /// the one way to learn what became of a commit with an unknown outcome. Instances that
    /// this lease does not own (any more) are left out.
    fn reload(&self, lease: Lease, keys: Vec<InstanceKey>) -> StoreFuture<'_, Vec<ClaimedInstance>>;

    /// Messages later than `after` for instances that this lease owns.
    fn mail(&self, lease: Lease, after: MessageId) -> StoreFuture<'_, Vec<InboxMessage>>;

    /// When the next sleeping instance wants to be woken.
    fn next_wake(&self) -> StoreFuture<'_, Option<Timestamp>>;

    /// A number that changes whenever anybody else may have written. Cheap: it is asked many
    /// times a second.
    fn change_mark(&self) -> StoreFuture<'_, u64>;

    /// Enters a worker and gives it its lease.
    fn register_worker(&self, worker: WorkerInfo, now: Timestamp) -> StoreFuture<'_, Lease>;

    /// Renews a lease. [`StoreError::Fenced`] if another worker has taken over.
    fn renew(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, ()>;

    /// Ends a lease: what the worker still owns is ready for others, and its row is removed.
    fn release_worker(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, ()>;

    /// Raises the epoch of every other worker that is dead (known to be, or its lease ran out),
    /// and returns them. Their instances are ready for [`Store::claim`].
    fn fence_dead_workers(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, Vec<WorkerId>>;

    /// Makes the parked instances of these orchestrators ready again, except for those with a
    /// mark: a new build may run them. Returns how many.
    fn unpark(&self, offers: Vec<Offer>, now: Timestamp) -> StoreFuture<'_, u64>;

    /// The workers that are entered.
    fn workers(&self) -> StoreFuture<'_, Vec<WorkerRecord>>;

    /// An instance's row.
    fn instance(&self, id: InstanceId) -> StoreFuture<'_, Option<InstanceRecord>>;

    /// The rows of all instances with keys above `after`, in order of key, at most `limit`.
    fn instances(&self, after: InstanceKey, limit: usize) -> StoreFuture<'_, Vec<InstanceRecord>>;

    /// Execution and status of those of these instances that exist.
    fn statuses(&self, keys: Vec<InstanceKey>) -> StoreFuture<'_, Vec<(InstanceKey, ExecutionId, Status)>>;

    /// The turns of an execution, in order.
    fn history(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Vec<PackedTurn>>;

    /// The last turn of an execution: where its outcome stands.
    fn last_turn(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Option<PackedTurn>>;

    /// The first turn of an execution: where its input stands.
    fn first_turn(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Option<PackedTurn>>;

    /// The executions of an instance whose turns are there, in order.
    fn executions(&self, key: InstanceKey) -> StoreFuture<'_, Vec<ExecutionId>>;

    /// A page of the instances that a filter leaves in. Along an index: the cost is that of the
    /// page, wherever it is, as long as the filter has one condition beside the statuses.
    fn query(&self, query: InstanceQuery) -> StoreFuture<'_, InstancePage>;

    /// How many instances of each status a filter leaves in; those without any are left out.
    fn count(&self, filter: InstanceFilter) -> StoreFuture<'_, Vec<(Status, u64)>>;

    /// Deletes these instances with everything that is kept of them, in one transaction: each one
    /// that has finished and is at this execution. Returns how many. Request ids stay until they
    /// are forgotten.
    fn purge(&self, instances: Vec<(InstanceKey, ExecutionId)>) -> StoreFuture<'_, u64>;

    /// Forgets requests that were remembered before this time, at most `limit`; returns how many.
    fn forget_requests(&self, before: Timestamp, limit: usize) -> StoreFuture<'_, u64>;

    /// Figures of the hub at this time.
    fn statistics(&self, now: Timestamp) -> StoreFuture<'_, StoreStatistics>;

    /// The messages that no turn has consumed, in order of arrival.
    fn inbox(&self) -> StoreFuture<'_, Vec<InboxMessage>>;

    /// Those of them that are for this instance.
    fn inbox_of(&self, key: InstanceKey) -> StoreFuture<'_, Vec<InboxMessage>> {
        Box::pin(async move {
            let mut messages = self.inbox().await?;
            messages.retain(|m| m.to == key);
            Ok(messages)
        })
    }

    /// Closes the store. Calls after it fail with [`StoreError::Closed`].
    fn close(&self) -> StoreFuture<'_, ()>;
}
