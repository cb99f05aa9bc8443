//! A store that can be held up where a race has its window.

use std::sync::Arc;

use durable::history::PackedTurn;
use durable::store::{
    Claim, ClaimedInstance, Commit, CommitOutcome, InboxMessage, InstanceFilter, InstancePage, InstanceQuery,
    InstanceRecord, Lease, Offer, Status, Store, StoreStatistics, WorkerInfo, WorkerRecord,
};
use durable::{ExecutionId, InstanceId, InstanceKey, Timestamp};
use durable_core::store::StoreFuture;
use durable_core::{MessageId, WorkerId};

use super::Probe;

/// Notes `parking` before it parks something, and goes on when `park` is noted.
pub(crate) struct SlowToPark {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) gate: Probe,
}

macro_rules! pass_on {
    ($($name:ident($($argument:ident: $type:ty),*) -> $output:ty;)*) => {
        $(fn $name(&self, $($argument: $type),*) -> StoreFuture<'_, $output> {
            self.store.$name($($argument),*)
        })*
    };
}

impl Store for SlowToPark {
    fn commit(&self, batch: Vec<Commit>) -> StoreFuture<'_, Vec<CommitOutcome>> {
        Box::pin(async move {
            let parks = |c: &Commit| c.update.as_ref().is_some_and(|u| u.status == Status::Parked);
            if batch.iter().any(parks) {
                self.gate.note("parking");
                self.gate.seen("park").await;
            }
            self.store.commit(batch).await
        })
    }

    pass_on! {
        claim(claim: Claim) -> Vec<ClaimedInstance>;
        reload(lease: Lease, keys: Vec<InstanceKey>) -> Vec<ClaimedInstance>;
        mail(lease: Lease, after: MessageId) -> Vec<InboxMessage>;
        next_wake() -> Option<Timestamp>;
        change_mark() -> u64;
        register_worker(worker: WorkerInfo, now: Timestamp) -> Lease;
        renew(lease: Lease, now: Timestamp) -> ();
        release_worker(lease: Lease, now: Timestamp) -> ();
        fence_dead_workers(lease: Lease, now: Timestamp) -> Vec<WorkerId>;
        unpark(offers: Vec<Offer>, now: Timestamp) -> u64;
        workers() -> Vec<WorkerRecord>;
        instance(id: InstanceId) -> Option<InstanceRecord>;
        instances(after: InstanceKey, limit: usize) -> Vec<InstanceRecord>;
        statuses(keys: Vec<InstanceKey>) -> Vec<(InstanceKey, ExecutionId, Status)>;
        history(key: InstanceKey, execution: ExecutionId) -> Vec<PackedTurn>;
        last_turn(key: InstanceKey, execution: ExecutionId) -> Option<PackedTurn>;
        first_turn(key: InstanceKey, execution: ExecutionId) -> Option<PackedTurn>;
        executions(key: InstanceKey) -> Vec<ExecutionId>;
        query(query: InstanceQuery) -> InstancePage;
        count(filter: InstanceFilter) -> Vec<(Status, u64)>;
        purge(instances: Vec<(InstanceKey, ExecutionId)>) -> u64;
        forget_requests(before: Timestamp, limit: usize) -> u64;
        statistics(now: Timestamp) -> StoreStatistics;
        inbox() -> Vec<InboxMessage>;
        close() -> ();
    }
}
