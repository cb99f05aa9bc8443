//! The contract in memory: for tests, for the simulator, and as the plainest reading of it.

mod apply;
mod find;
mod hub;
mod index;

use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

use self::hub::{Hub, Worker, is_runnable};
use crate::history::PackedTurn;
use crate::id::{ExecutionId, InstanceId, InstanceKey, LeaseEpoch, MessageId, RequestId, WorkerId};
use crate::store::{
    Claim, ClaimedInstance, Commit, CommitOutcome, InboxMessage, InstanceFilter, InstancePage, InstanceQuery,
    InstanceRecord, Lease, Offer, Status, Store, StoreError, StoreFuture, StoreStatistics, WorkerInfo, WorkerRecord,
};
use crate::time::Timestamp;

/// A [`Store`] in memory. Clones share one hub; it is gone with the last of them.
#[derive(Clone, Default)]
pub struct MemoryStore {
    hub: Arc<Mutex<Hub>>,
}

impl MemoryStore {
    /// An empty hub.
    pub fn new() -> Self {
        Self::default()
    }

    /// One call: all of it under one lock, at once.
    fn call<T: Send + 'static>(&self, f: impl FnOnce(&mut Hub) -> Result<T, StoreError>) -> StoreFuture<'_, T> {
        let mut hub = self.hub.lock().unwrap_or_else(PoisonError::into_inner);
        let result = if hub.closed { Err(StoreError::Closed) } else { f(&mut hub) };
        drop(hub);
        Box::pin(std::future::ready(result))
    }
}

impl Store for MemoryStore {
    fn commit(&self, batch: Vec<Commit>) -> StoreFuture<'_, Vec<CommitOutcome>> {
        self.call(|hub| {
            hub.writes += 1;
            Ok(batch.into_iter().map(|commit| hub.apply(commit)).collect())
        })
    }

    fn claim(&self, claim: Claim) -> StoreFuture<'_, Vec<ClaimedInstance>> {
        self.call(|hub| {
            hub.require(claim.lease)?;
            hub.writes += 1;
            Ok(hub.claim(&claim))
        })
    }

    fn reload(&self, lease: Lease, keys: Vec<InstanceKey>) -> StoreFuture<'_, Vec<ClaimedInstance>> {
        self.call(|hub| {
            hub.require(lease)?;
            let owned = keys.into_iter().filter_map(|key| hub.read(key));
            Ok(owned.filter(|i| i.record.owner == Some(lease.worker)).collect())
        })
    }

    fn mail(&self, lease: Lease, after: MessageId) -> StoreFuture<'_, Vec<InboxMessage>> {
        self.call(|hub| {
            hub.require(lease)?;
            let mail = hub.index.mail_after(lease.worker, after).filter_map(|id| hub.inbox.get(&id));
            Ok(mail.map(|m| m.message.clone()).collect())
        })
    }

    fn next_wake(&self) -> StoreFuture<'_, Option<Timestamp>> {
        self.call(|hub| Ok(hub.next_wake()))
    }

    fn change_mark(&self) -> StoreFuture<'_, u64> {
        self.call(|hub| Ok(hub.writes))
    }

    fn register_worker(&self, worker: WorkerInfo, now: Timestamp) -> StoreFuture<'_, Lease> {
        self.call(|hub| {
            hub.writes += 1;
            hub.last_worker += 1;
            let (id, epoch) = (WorkerId(hub.last_worker), LeaseEpoch(1));
            let record = WorkerRecord {
                id,
                epoch,
                name: worker.name,
                offers: worker.offers,
                expires_at: now + worker.lease_duration,
                fenced: false,
            };
            hub.workers.insert(id, Worker { record, lease_duration: worker.lease_duration });
            Ok(Lease { worker: id, epoch })
        })
    }

    fn renew(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, ()> {
        self.call(|hub| {
            hub.require(lease)?;
            if let Some(w) = hub.workers.get_mut(&lease.worker) {
                w.record.expires_at = now + w.lease_duration;
            }
            Ok(())
        })
    }

    fn release_worker(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, ()> {
        self.call(|hub| {
            hub.require(lease)?;
            hub.writes += 1;
            for key in hub.index.owned.get(&lease.worker).cloned().unwrap_or_default() {
                hub.change(key, |instance| {
                    let record = &mut instance.record;
                    record.owner = None;
                    record.wake_at = is_runnable(record.status).then_some(now);
                });
            }
            hub.workers.remove(&lease.worker);
            Ok(())
        })
    }

    fn fence_dead_workers(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, Vec<WorkerId>> {
        self.call(|hub| {
            hub.require(lease)?;
            let others = hub.workers.values_mut().map(|w| &mut w.record);
            let dead = others.filter(|w| !w.fenced && w.id != lease.worker && w.expires_at < now);
            let fenced: Vec<WorkerId> = dead
                .map(|w| {
                    w.fenced = true;
                    w.epoch = LeaseEpoch(w.epoch.0 + 1);
                    w.id
                })
                .collect();
            hub.writes += u64::from(!fenced.is_empty());
            hub.forget_empty_workers();
            Ok(fenced)
        })
    }

    fn unpark(&self, offers: Vec<Offer>, now: Timestamp) -> StoreFuture<'_, u64> {
        self.call(|hub| {
            hub.writes += 1;
            let parked = hub.instances.values().map(|i| &i.record);
            let parked = parked.filter(|r| r.status == Status::Parked && r.mark.is_none());
            let known = parked.filter(|r| offers.iter().any(|o| o.name == r.name && o.version == r.version));
            let known: Vec<InstanceKey> = known.map(|r| r.key).collect();
            for key in &known {
                hub.change(*key, |instance| instance.record.make_ready(now));
            }
            Ok(known.len() as u64)
        })
    }

    fn workers(&self) -> StoreFuture<'_, Vec<WorkerRecord>> {
        self.call(|hub| Ok(hub.workers.values().map(|w| w.record.clone()).collect()))
    }

    fn instance(&self, id: InstanceId) -> StoreFuture<'_, Option<InstanceRecord>> {
        self.call(|hub| Ok(hub.holder(&id).cloned()))
    }

    fn instances(&self, after: InstanceKey, limit: usize) -> StoreFuture<'_, Vec<InstanceRecord>> {
        self.call(|hub| {
            let later = hub.instances.range((Bound::Excluded(after), Bound::Unbounded));
            Ok(later.take(limit).map(|(_, i)| i.record.clone()).collect())
        })
    }

    fn statuses(&self, keys: Vec<InstanceKey>) -> StoreFuture<'_, Vec<(InstanceKey, ExecutionId, Status)>> {
        self.call(|hub| {
            let found = keys.iter().filter_map(|key| hub.instances.get(key));
            Ok(found.map(|i| (i.record.key, i.record.execution, i.record.status)).collect())
        })
    }

    fn history(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Vec<PackedTurn>> {
        self.call(|hub| Ok(hub.turns(key, execution).to_vec()))
    }

    fn last_turn(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Option<PackedTurn>> {
        self.call(|hub| Ok(hub.turns(key, execution).last().cloned()))
    }

    fn first_turn(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Option<PackedTurn>> {
        self.call(|hub| Ok(hub.turns(key, execution).first().cloned()))
    }

    fn executions(&self, key: InstanceKey) -> StoreFuture<'_, Vec<ExecutionId>> {
        self.call(|hub| Ok(hub.instances.get(&key).map(|i| i.executions.keys().copied().collect()).unwrap_or_default()))
    }

    fn query(&self, query: InstanceQuery) -> StoreFuture<'_, InstancePage> {
        self.call(|hub| Ok(hub.page(&query)))
    }

    fn count(&self, filter: InstanceFilter) -> StoreFuture<'_, Vec<(Status, u64)>> {
        self.call(|hub| Ok(hub.counts(&filter)))
    }

    fn purge(&self, instances: Vec<(InstanceKey, ExecutionId)>) -> StoreFuture<'_, u64> {
        self.call(|hub| {
            hub.writes += 1;
            let mut purged = 0;
            for (key, execution) in instances {
                let found = hub.instances.get(&key).map(|i| &i.record);
                if found.is_some_and(|r| r.status.is_finished() && r.execution == execution) {
                    hub.remove(key);
                    purged += 1;
                }
            }
            Ok(purged)
        })
    }

    fn forget_requests(&self, before: Timestamp, limit: usize) -> StoreFuture<'_, u64> {
        self.call(|hub| {
            let mut old: Vec<(Timestamp, RequestId)> =
                hub.requests.iter().filter(|(_, r)| r.at < before).map(|(id, r)| (r.at, id.clone())).collect();
            old.sort();
            old.truncate(limit);
            for (_, id) in &old {
                hub.requests.remove(id);
            }
            Ok(old.len() as u64)
        })
    }

    fn statistics(&self, now: Timestamp) -> StoreFuture<'_, StoreStatistics> {
        self.call(|hub| Ok(hub.statistics(now)))
    }

    fn inbox(&self) -> StoreFuture<'_, Vec<InboxMessage>> {
        self.call(|hub| Ok(hub.inbox.values().map(|m| m.message.clone()).collect()))
    }

    fn close(&self) -> StoreFuture<'_, ()> {
        self.call(|hub| {
            hub.closed = true;
            Ok(())
        })
    }
}
