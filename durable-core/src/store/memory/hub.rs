//! What a hub in memory holds, and the indexes along which it is searched. Rows change through
//! [`Hub::change`] alone, so that no index is forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::index::{Index, Place};
use crate::history::{Event, PackedTurn};
use crate::id::{EventSeq, ExecutionId, InstanceId, InstanceKey, MessageId, RequestId, WorkerId};
use crate::store::{
    Claim, ClaimedInstance, CommitOutcome, InboxMessage, InstanceRecord, Lease, Offer, Status, StoreError, WorkerRecord,
};
use crate::time::Timestamp;

#[derive(Default)]
pub(super) struct Hub {
    pub(super) closed: bool,
    pub(super) writes: u64,
    pub(super) last_key: i64,
    last_message: i64,
    pub(super) last_worker: i64,
    pub(super) workers: BTreeMap<WorkerId, Worker>,
    pub(super) instances: BTreeMap<InstanceKey, Instance>,
    pub(super) keys: BTreeMap<InstanceId, InstanceKey>,
    pub(super) inbox: BTreeMap<MessageId, Inbox>,
    pub(super) requests: BTreeMap<RequestId, Remembered>,
    pub(super) index: Index,
}

/// A request that was carried out.
pub(super) struct Remembered {
    pub(super) at: Timestamp,
    pub(super) outcome: CommitOutcome,
}

pub(super) struct Inbox {
    pub(super) message: InboxMessage,
    /// The only execution that may get it.
    pub(super) execution: Option<ExecutionId>,
}

pub(super) struct Worker {
    pub(super) record: WorkerRecord,
    pub(super) lease_duration: Duration,
}

pub(super) struct Instance {
    pub(super) record: InstanceRecord,
    pub(super) executions: BTreeMap<ExecutionId, Vec<PackedTurn>>,
    /// The messages that wait for it.
    pub(super) inbox: BTreeSet<MessageId>,
}

impl Instance {
    /// The turns of the current execution.
    fn turns(&self) -> &[PackedTurn] {
        self.executions.get(&self.record.execution).map_or(&[], Vec::as_slice)
    }

    pub(super) fn append(&mut self, turns: impl IntoIterator<Item = PackedTurn>) {
        let mut turns = turns.into_iter().peekable();
        if turns.peek().is_some() {
            self.executions.entry(self.record.execution).or_default().extend(turns);
        }
    }

    pub(super) fn next_seq(&self) -> EventSeq {
        self.turns().last().map_or(EventSeq(0), |t| t.seq.plus(t.count))
    }
}

impl Hub {
    pub(super) fn holds(&self, lease: Lease) -> bool {
        self.workers.get(&lease.worker).is_some_and(|w| !w.record.fenced && w.record.epoch == lease.epoch)
    }

    pub(super) fn require(&self, lease: Lease) -> Result<(), StoreError> {
        if self.holds(lease) { Ok(()) } else { Err(StoreError::Fenced) }
    }

    fn is_live(&self, worker: WorkerId) -> bool {
        self.workers.get(&worker).is_some_and(|w| !w.record.fenced)
    }

    /// Who has this id.
    pub(super) fn holder(&self, id: &InstanceId) -> Option<&InstanceRecord> {
        self.keys.get(id).and_then(|k| self.instances.get(k)).map(|i| &i.record)
    }

    /// Changes a row.
    pub(super) fn change<T>(&mut self, key: InstanceKey, f: impl FnOnce(&mut Instance) -> T) -> Option<T> {
        let instance = self.instances.get_mut(&key)?;
        let before = Place::of(&instance.record);
        let result = f(instance);
        let after = Place::of(&instance.record);
        self.index.moves(key, Some(before), Some(after), &instance.inbox);
        Some(result)
    }

    pub(super) fn insert(&mut self, instance: Instance) {
        let key = instance.record.key;
        self.index.moves(key, None, Some(Place::of(&instance.record)), &instance.inbox);
        self.keys.insert(instance.record.id.clone(), key);
        self.instances.insert(key, instance);
    }

    /// Removes an instance with everything that is kept of it.
    pub(super) fn remove(&mut self, key: InstanceKey) -> Option<InstanceRecord> {
        self.take_all(key);
        let instance = self.instances.remove(&key)?;
        self.index.moves(key, Some(Place::of(&instance.record)), None, &instance.inbox);
        self.keys.remove(&instance.record.id);
        Some(instance.record)
    }

    /// A message waits for an instance.
    pub(super) fn put(&mut self, to: InstanceKey, message: Event, execution: Option<ExecutionId>) {
        let Some(instance) = self.instances.get_mut(&to) else { return };
        self.last_message += 1;
        let id = MessageId(self.last_message);
        instance.inbox.insert(id);
        self.index.arrives(id, instance.record.owner);
        self.inbox.insert(id, Inbox { message: InboxMessage { id, to, message }, execution });
    }

    /// A message waits no longer.
    pub(super) fn take(&mut self, id: MessageId) -> Option<Inbox> {
        let taken = self.inbox.remove(&id)?;
        if let Some(instance) = self.instances.get_mut(&taken.message.to) {
            instance.inbox.remove(&id);
            self.index.leaves(id, instance.record.owner);
        }
        Some(taken)
    }

    /// Nothing waits for the instance any longer; what did, in order of arrival.
    pub(super) fn take_all(&mut self, key: InstanceKey) -> Vec<Inbox> {
        let ids: Vec<MessageId> = self.instances.get(&key).map_or_else(Vec::new, |i| i.inbox.iter().copied().collect());
        ids.into_iter().filter_map(|id| self.take(id)).collect()
    }

    pub(super) fn turns(&self, key: InstanceKey, execution: ExecutionId) -> &[PackedTurn] {
        self.instances.get(&key).and_then(|i| i.executions.get(&execution)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn read(&self, key: InstanceKey) -> Option<ClaimedInstance> {
        let instance = self.instances.get(&key)?;
        let inbox = instance.inbox.iter().filter_map(|id| self.inbox.get(id)).map(|m| m.message.clone());
        let (record, turns) = (instance.record.clone(), instance.turns().to_vec());
        Some(ClaimedInstance { record, turns, inbox: inbox.collect() })
    }

    pub(super) fn claim(&mut self, claim: &Claim) -> Vec<ClaimedInstance> {
        let ready = self.ready(claim);
        let claimed = ready.into_iter().filter_map(|key| {
            self.change(key, |instance| {
                let record = &mut instance.record;
                record.crashes += u32::from(record.owner.is_some());
                record.owner = Some(claim.lease.worker);
                record.wake_at = None;
                if record.status == Status::Pending {
                    record.status = Status::Running;
                }
                record.updated_at = claim.now;
            })?;
            self.read(key)
        });
        let claimed = claimed.collect();
        self.forget_empty_workers();
        claimed
    }

    /// What may be claimed, those that have waited longest first: before all others what the dead
    /// have left.
    fn ready(&self, claim: &Claim) -> Vec<InstanceKey> {
        let mut found: Vec<(Timestamp, InstanceKey)> = Vec::new();
        for (_, keys) in self.index.owned.iter().filter(|(owner, _)| !self.is_live(**owner)) {
            let records = keys.iter().filter_map(|key| self.instances.get(key)).map(|i| &i.record);
            let left = records.filter(|r| is_runnable(r.status) && self.may_claim(&r.name, &r.version, &claim.offers));
            found.extend(left.take(claim.limit).map(|r| (Timestamp::MIN, r.key)));
        }
        for (offer, waking) in &self.index.waking {
            if self.may_claim(&offer.name, &offer.version, &claim.offers) {
                found.extend(waking.range(..=(claim.now, InstanceKey(i64::MAX))).take(claim.limit));
            }
        }
        found.sort_unstable();
        found.into_iter().take(claim.limit).map(|(_, key)| key).collect()
    }

    /// Who offers this, or anybody if no live worker does.
    fn may_claim(&self, name: &str, version: &str, offers: &[Offer]) -> bool {
        let is_it = |o: &Offer| o.name == name && o.version == version;
        offers.iter().any(is_it)
            || !self.workers.values().any(|w| !w.record.fenced && w.record.offers.iter().any(is_it))
    }

    /// A fenced worker's row goes when nothing is left of it.
    pub(super) fn forget_empty_workers(&mut self) {
        let owned = &self.index.owned;
        self.workers.retain(|id, w| !w.record.fenced || owned.contains_key(id));
    }
}

/// Whether an instance in this status may be claimed.
pub(super) fn is_runnable(status: Status) -> bool {
    !status.is_finished() && status != Status::Parked
}
