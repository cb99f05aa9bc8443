//! The store that stands before another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use durable_core::history::PackedTurn;
use durable_core::store::{
    Claim, ClaimedInstance, Commit, CommitOutcome, InboxMessage, InstanceFilter, InstancePage, InstanceQuery,
    InstanceRecord, Lease, Offer, Status, Store, StoreFuture, StoreStatistics, WorkerInfo, WorkerRecord,
};
use durable_core::{ExecutionId, InstanceId, InstanceKey, MessageId, Timestamp, WorkerId};

use super::PlantedBug;
use super::operators::Purged;

/// A store with one planted bug. Everything else goes to the store behind it.
pub struct Tampered {
    pub(super) inner: Arc<dyn Store>,
    pub(super) bug: PlantedBug,
    pub(super) occasions: AtomicU64,
    pub(super) purged: Mutex<Purged>,
}

impl Tampered {
    /// Plants a bug before this store.
    pub fn new(inner: Arc<dyn Store>, bug: PlantedBug) -> Self {
        Self { inner, bug, occasions: AtomicU64::new(0), purged: Mutex::default() }
    }

    /// Whether the bug strikes at this occasion: at every third, because a bug that strikes
    /// always is too easy to find.
    pub(super) fn strikes(&self) -> bool {
        self.occasions.fetch_add(1, Ordering::Relaxed) % 3 == 2
    }
}

impl Store for Tampered {
    fn commit(&self, batch: Vec<Commit>) -> StoreFuture<'_, Vec<CommitOutcome>> {
        Box::pin(self.tampered_commit(batch))
    }

    fn claim(&self, claim: Claim) -> StoreFuture<'_, Vec<ClaimedInstance>> {
        Box::pin(self.tampered_claim(claim))
    }

    fn reload(&self, lease: Lease, keys: Vec<InstanceKey>) -> StoreFuture<'_, Vec<ClaimedInstance>> {
        self.inner.reload(lease, keys)
    }

    fn mail(&self, lease: Lease, after: MessageId) -> StoreFuture<'_, Vec<InboxMessage>> {
        self.inner.mail(lease, after)
    }

    fn next_wake(&self) -> StoreFuture<'_, Option<Timestamp>> {
        self.inner.next_wake()
    }

    fn change_mark(&self) -> StoreFuture<'_, u64> {
        self.inner.change_mark()
    }

    fn register_worker(&self, worker: WorkerInfo, now: Timestamp) -> StoreFuture<'_, Lease> {
        self.inner.register_worker(worker, now)
    }

    fn renew(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, ()> {
        self.inner.renew(lease, now)
    }

    fn release_worker(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, ()> {
        self.inner.release_worker(lease, now)
    }

    fn fence_dead_workers(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, Vec<WorkerId>> {
        self.inner.fence_dead_workers(lease, now)
    }

    fn unpark(&self, offers: Vec<Offer>, now: Timestamp) -> StoreFuture<'_, u64> {
        self.inner.unpark(offers, now)
    }

    fn workers(&self) -> StoreFuture<'_, Vec<WorkerRecord>> {
        self.inner.workers()
    }

    fn instance(&self, id: InstanceId) -> StoreFuture<'_, Option<InstanceRecord>> {
        Box::pin(self.tampered_instance(id))
    }

    fn instances(&self, after: InstanceKey, limit: usize) -> StoreFuture<'_, Vec<InstanceRecord>> {
        Box::pin(self.tampered_instances(after, limit))
    }

    fn statuses(&self, keys: Vec<InstanceKey>) -> StoreFuture<'_, Vec<(InstanceKey, ExecutionId, Status)>> {
        self.inner.statuses(keys)
    }

    fn history(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Vec<PackedTurn>> {
        Box::pin(self.tampered_history(key, execution))
    }

    fn last_turn(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Option<PackedTurn>> {
        self.inner.last_turn(key, execution)
    }

    fn first_turn(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Option<PackedTurn>> {
        self.inner.first_turn(key, execution)
    }

    fn executions(&self, key: InstanceKey) -> StoreFuture<'_, Vec<ExecutionId>> {
        Box::pin(self.tampered_executions(key))
    }

    fn query(&self, query: InstanceQuery) -> StoreFuture<'_, InstancePage> {
        Box::pin(self.tampered_query(query))
    }

    fn count(&self, filter: InstanceFilter) -> StoreFuture<'_, Vec<(Status, u64)>> {
        self.inner.count(filter)
    }

    fn purge(&self, instances: Vec<(InstanceKey, ExecutionId)>) -> StoreFuture<'_, u64> {
        Box::pin(self.tampered_purge(instances))
    }

    fn forget_requests(&self, before: Timestamp, limit: usize) -> StoreFuture<'_, u64> {
        self.inner.forget_requests(before, limit)
    }

    fn statistics(&self, now: Timestamp) -> StoreFuture<'_, StoreStatistics> {
        Box::pin(self.tampered_statistics(now))
    }

    fn inbox(&self) -> StoreFuture<'_, Vec<InboxMessage>> {
        self.inner.inbox()
    }

    fn close(&self) -> StoreFuture<'_, ()> {
        self.inner.close()
    }
}
