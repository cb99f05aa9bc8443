//! The contract in memory: for tests, for the simulator, and as the plainest reading of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::history::{Event, PackedTurn};
use crate::id::{EventSeq, ExecutionId, InstanceId, InstanceKey, LeaseEpoch, MessageId, WorkerId};
use crate::store::{
    Claim, ClaimedInstance, Commit, CommitOutcome, Delivery, InboxMessage, InstanceRecord, InstanceUpdate, Lease,
    NewInstance, NextExecution, Offer, Ownership, Recipient, Status, Store, StoreError, StoreFuture, Subject,
    WorkerInfo, WorkerRecord,
};
use crate::time::Timestamp;

/// A [`Store`] in memory. Clones share one hub; it is gone with the last of them.
#[derive(Clone, Default)]
pub struct MemoryStore {
    hub: Arc<Mutex<Hub>>,
}

#[derive(Default)]
struct Hub {
    closed: bool,
    writes: u64,
    last_key: i64,
    last_message: i64,
    last_worker: i64,
    workers: BTreeMap<WorkerId, Worker>,
    instances: BTreeMap<InstanceKey, Instance>,
    keys: BTreeMap<InstanceId, InstanceKey>,
    inbox: BTreeMap<MessageId, Inbox>,
}

struct Inbox {
    message: InboxMessage,
    /// The only execution that may get it.
    execution: Option<ExecutionId>,
}

struct Worker {
    record: WorkerRecord,
    lease_duration: std::time::Duration,
}

struct Instance {
    record: InstanceRecord,
    turns: Vec<PackedTurn>,
}

impl Instance {
    fn next_seq(&self) -> EventSeq {
        self.turns.last().map_or(EventSeq(0), |t| t.seq.plus(t.count))
    }
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

impl Hub {
    fn holds(&self, lease: Lease) -> bool {
        self.workers.get(&lease.worker).is_some_and(|w| !w.record.fenced && w.record.epoch == lease.epoch)
    }

    fn require(&self, lease: Lease) -> Result<(), StoreError> {
        if self.holds(lease) { Ok(()) } else { Err(StoreError::Fenced) }
    }

    fn is_live(&self, worker: WorkerId) -> bool {
        self.workers.get(&worker).is_some_and(|w| !w.record.fenced)
    }

    fn apply(&mut self, commit: Commit) -> CommitOutcome {
        let key = match self.admit(&commit) {
            Ok(key) => key,
            Err(refused) => return refused,
        };
        let now = commit.now;
        for id in &commit.consumed {
            self.inbox.remove(id);
        }
        let waiting = self.inbox.values().any(|m| m.message.to == key);
        let Some(instance) = self.instances.get_mut(&key) else { return CommitOutcome::Fenced };
        instance.turns.extend(commit.turn.map(|t| t.packed));
        if let Some(update) = commit.update {
            instance.update(update, waiting, now);
            if instance.record.status.is_finished() {
                self.inbox.retain(|_, m| m.message.to != key);
            }
        }
        if let Some(next) = commit.next {
            self.begin_next(key, next, now);
        }
        for delivery in commit.deliveries {
            self.deliver(key, delivery, now);
        }
        let execution = self.instances.get(&key).map_or(ExecutionId(0), |i| i.record.execution);
        CommitOutcome::Applied { key, execution }
    }

    /// Checks the subject's condition; makes the instance if it is a new one.
    fn admit(&mut self, commit: &Commit) -> Result<InstanceKey, CommitOutcome> {
        let base = commit.turn.as_ref().map(|t| t.packed.seq);
        match &commit.subject {
            Subject::Owned { lease, key } => {
                let instance = self.instances.get(key).ok_or(CommitOutcome::Fenced)?;
                if !self.holds(*lease) || instance.record.owner != Some(lease.worker) {
                    return Err(CommitOutcome::Fenced);
                }
                let same_execution = commit.turn.as_ref().is_none_or(|t| t.execution == instance.record.execution);
                let next_seq = instance.next_seq();
                if !same_execution || base.is_some_and(|seq| seq != next_seq) {
                    return Err(CommitOutcome::Conflict { next_seq });
                }
                Ok(*key)
            }
            Subject::New(new) => {
                if new.owner.is_some_and(|lease| !self.holds(lease)) {
                    return Err(CommitOutcome::Fenced);
                }
                if let Some(r) = self.holder(&new.id).filter(|r| !r.status.is_finished()) {
                    let (key, execution, status) = (r.key, r.execution, r.status);
                    return Err(CommitOutcome::AlreadyExists { key, execution, status });
                }
                if base.is_some_and(|seq| seq != EventSeq(0)) {
                    return Err(CommitOutcome::Conflict { next_seq: EventSeq(0) });
                }
                let execution = self.holder(&new.id).map_or(ExecutionId(0), |r| ExecutionId(r.execution.0 + 1));
                if commit.turn.as_ref().is_some_and(|t| t.execution != execution) {
                    return Err(CommitOutcome::OtherExecution { execution });
                }
                Ok(self.create(new, commit.now))
            }
            Subject::Existing { id, unpark } => {
                let now = commit.now;
                let key = *self.keys.get(id).ok_or(CommitOutcome::NotFound)?;
                let record = self.instances.get_mut(&key).map(|i| &mut i.record).ok_or(CommitOutcome::NotFound)?;
                if record.status.is_finished() {
                    return Err(CommitOutcome::Finished { status: record.status });
                }
                if *unpark && record.status == Status::Parked {
                    record.make_ready(now);
                }
                if *unpark && record.status == Status::Pending {
                    record.wake_at = Some(now);
                }
                Ok(key)
            }
        }
    }

    fn holder(&self, id: &InstanceId) -> Option<&InstanceRecord> {
        self.keys.get(id).and_then(|k| self.instances.get(k)).map(|i| &i.record)
    }

    fn create(&mut self, new: &NewInstance, now: Timestamp) -> InstanceKey {
        let holder = self.keys.get(&new.id).and_then(|k| self.instances.remove(k));
        let (key, execution) = match holder {
            Some(old) => {
                self.inbox.retain(|_, m| m.message.to != old.record.key);
                (old.record.key, ExecutionId(old.record.execution.0 + 1))
            }
            None => {
                self.last_key += 1;
                (InstanceKey(self.last_key), ExecutionId(0))
            }
        };
        let record = InstanceRecord {
            key,
            id: new.id.clone(),
            execution,
            name: new.name.clone(),
            version: new.version.clone(),
            status: if new.owner.is_some() { Status::Running } else { Status::Pending },
            parked_reason: None,
            custom_status: None,
            created_at: now,
            updated_at: now,
            owner: new.owner.map(|lease| lease.worker),
            wake_at: new.owner.is_none().then_some(new.start_at.unwrap_or(now)),
            crashes: 0,
        };
        self.keys.insert(new.id.clone(), key);
        self.instances.insert(key, Instance { record, turns: Vec::new() });
        key
    }

    /// Continue-as-new.
    fn begin_next(&mut self, key: InstanceKey, next: NextExecution, now: Timestamp) {
        let Some(instance) = self.instances.get_mut(&key) else { return };
        instance.turns.clear();
        let record = &mut instance.record;
        record.execution = ExecutionId(record.execution.0 + 1);
        (record.name, record.version, record.updated_at) = (next.name, next.version, now);
        // The new messages come before those that wait: these are numbered anew.
        let waiting: Vec<MessageId> =
            self.inbox.values().filter(|m| m.message.to == key).map(|m| m.message.id).collect();
        let waiting: Vec<Inbox> = waiting.iter().filter_map(|id| self.inbox.remove(id)).collect();
        for message in next.messages {
            self.put(key, message, None);
        }
        for old in waiting.into_iter().filter(|m| m.execution.is_none()) {
            self.put(key, old.message.message, None);
        }
    }

    fn deliver(&mut self, subject: InstanceKey, delivery: Delivery, now: Timestamp) {
        let (to, message, execution) = match delivery.to {
            Recipient::Subject => (subject, delivery.message, None),
            Recipient::Id { id, execution } => {
                let Some(key) = self.keys.get(&id) else { return };
                (*key, delivery.message, execution)
            }
            Recipient::New { instance, refused } => match self.holder(&instance.id) {
                Some(r) if !r.status.is_finished() => match refused {
                    Some(refused) => (subject, *refused, None),
                    None => return,
                },
                _ => (self.create(&instance, now), delivery.message, None),
            },
        };
        let Some(record) = self.instances.get_mut(&to).map(|i| &mut i.record) else { return };
        if record.status.is_finished() || execution.is_some_and(|e| e != record.execution) {
            return;
        }
        if record.owner.is_none() && record.status != Status::Pending {
            record.wake_at = Some(record.wake_at.map_or(now, |at| at.min(now)));
        }
        self.put(to, message, execution);
    }

    fn put(&mut self, to: InstanceKey, message: Event, execution: Option<ExecutionId>) {
        self.last_message += 1;
        let id = MessageId(self.last_message);
        self.inbox.insert(id, Inbox { message: InboxMessage { id, to, message }, execution });
    }

    fn read(&self, key: InstanceKey) -> Option<ClaimedInstance> {
        let instance = self.instances.get(&key)?;
        Some(ClaimedInstance {
            record: instance.record.clone(),
            turns: instance.turns.clone(),
            inbox: self.inbox.values().map(|m| &m.message).filter(|m| m.to == key).cloned().collect(),
        })
    }

    /// Whether this instance may be claimed by who offers these, and since when.
    fn ready_since(&self, r: &InstanceRecord, offers: &[Offer], now: Timestamp) -> Option<Timestamp> {
        if r.status.is_finished() || r.status == Status::Parked {
            return None;
        }
        let since = match r.owner {
            Some(owner) if self.is_live(owner) => return None,
            Some(_) => Timestamp::MIN,
            None => r.wake_at.filter(|at| *at <= now)?,
        };
        let is_it = |o: &Offer| o.name == r.name && o.version == r.version;
        let offered_elsewhere = || self.workers.values().any(|w| !w.record.fenced && w.record.offers.iter().any(is_it));
        (offers.iter().any(is_it) || !offered_elsewhere()).then_some(since)
    }

    fn claim(&mut self, claim: &Claim) -> Vec<ClaimedInstance> {
        let mut ready: Vec<(Timestamp, InstanceKey)> = self
            .instances
            .values()
            .filter_map(|i| Some((self.ready_since(&i.record, &claim.offers, claim.now)?, i.record.key)))
            .collect();
        ready.sort_unstable();
        ready.truncate(claim.limit);
        let claimed = ready.iter().filter_map(|(_, key)| {
            let record = &mut self.instances.get_mut(key)?.record;
            record.crashes += u32::from(record.owner.is_some());
            record.owner = Some(claim.lease.worker);
            record.wake_at = None;
            if record.status == Status::Pending {
                record.status = Status::Running;
            }
            record.updated_at = claim.now;
            self.read(*key)
        });
        let claimed = claimed.collect();
        self.forget_empty_workers();
        claimed
    }

    /// A fenced worker's row goes when nothing is left of it.
    fn forget_empty_workers(&mut self) {
        let owners: std::collections::BTreeSet<_> = self.instances.values().filter_map(|i| i.record.owner).collect();
        self.workers.retain(|id, w| !w.record.fenced || owners.contains(id));
    }
}

impl InstanceRecord {
    /// No longer parked.
    fn make_ready(&mut self, now: Timestamp) {
        self.status = Status::Running;
        self.parked_reason = None;
        self.wake_at = Some(now);
        self.updated_at = now;
    }
}

impl Instance {
    fn update(&mut self, update: InstanceUpdate, messages_wait: bool, now: Timestamp) {
        let r = &mut self.record;
        r.status = update.status;
        r.parked_reason = update.parked_reason;
        r.crashes = update.crashes;
        if update.custom_status.is_some() {
            r.custom_status = update.custom_status;
        }
        r.updated_at = now;
        match update.ownership {
            Ownership::Keep => {}
            Ownership::Release { wake_at } => {
                r.owner = None;
                r.wake_at = if messages_wait && !r.status.is_finished() { Some(now) } else { wake_at };
            }
        }
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
            let later = hub.inbox.range((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded));
            let mine =
                |m: &InboxMessage| hub.instances.get(&m.to).is_some_and(|i| i.record.owner == Some(lease.worker));
            Ok(later.map(|(_, m)| m.message.clone()).filter(mine).collect())
        })
    }

    fn next_wake(&self) -> StoreFuture<'_, Option<Timestamp>> {
        self.call(|hub| {
            let sleeping = hub.instances.values().map(|i| &i.record).filter(|r| r.owner.is_none());
            let waiting = sleeping.filter(|r| !r.status.is_finished() && r.status != Status::Parked);
            Ok(waiting.filter_map(|r| r.wake_at).min())
        })
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
            for i in hub.instances.values_mut().filter(|i| i.record.owner == Some(lease.worker)) {
                i.record.owner = None;
                i.record.wake_at = Some(now);
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
            let parked = hub.instances.values_mut().map(|i| &mut i.record).filter(|r| r.status == Status::Parked);
            let known = parked.filter(|r| offers.iter().any(|o| o.name == r.name && o.version == r.version));
            Ok(known.fold(0, |n, r| {
                r.make_ready(now);
                n + 1
            }))
        })
    }

    fn workers(&self) -> StoreFuture<'_, Vec<WorkerRecord>> {
        self.call(|hub| Ok(hub.workers.values().map(|w| w.record.clone()).collect()))
    }

    fn instance(&self, id: InstanceId) -> StoreFuture<'_, Option<InstanceRecord>> {
        self.call(|hub| Ok(hub.keys.get(&id).and_then(|k| hub.instances.get(k)).map(|i| i.record.clone())))
    }

    fn instances(&self, after: InstanceKey, limit: usize) -> StoreFuture<'_, Vec<InstanceRecord>> {
        self.call(|hub| {
            let later = hub.instances.range((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded));
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
        self.call(|hub| {
            let instance = hub.instances.get(&key).filter(|i| i.record.execution == execution);
            Ok(instance.map(|i| i.turns.clone()).unwrap_or_default())
        })
    }

    fn last_turn(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Option<PackedTurn>> {
        self.call(|hub| {
            let instance = hub.instances.get(&key).filter(|i| i.record.execution == execution);
            Ok(instance.and_then(|i| i.turns.last().cloned()))
        })
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
