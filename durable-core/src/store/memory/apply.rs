//! One commit: its condition, and what it writes.

use std::collections::{BTreeMap, BTreeSet};

use super::hub::{Hub, Instance, Remembered, is_runnable};
use crate::id::{EventSeq, ExecutionId, InstanceKey};
use crate::store::{
    Commit, CommitOutcome, Delivery, InstanceRecord, InstanceUpdate, NewInstance, NextExecution, Ownership, Recipient,
    Status, Subject,
};
use crate::time::Timestamp;

impl Hub {
    pub(super) fn apply(&mut self, commit: Commit) -> CommitOutcome {
        if let Some(remembered) = commit.request.as_ref().and_then(|r| self.requests.get(&r.id)) {
            return remembered.outcome.clone();
        }
        let key = match self.admit(&commit) {
            Ok(key) => key,
            Err(refused) => return refused,
        };
        let now = commit.now;
        for id in commit.consumed {
            self.take(id);
        }
        if let (Some(turn), Some(instance)) = (commit.turn, self.instances.get_mut(&key)) {
            instance.append([turn.packed]);
        }
        if let Some(update) = commit.update {
            let ends = update.status.is_finished();
            self.change(key, |instance| instance.update(update, now));
            if ends {
                self.take_all(key);
            }
        }
        if let Some(next) = commit.next {
            self.begin_next(key, next, now);
        }
        for delivery in commit.deliveries {
            self.deliver(key, delivery, now);
        }
        let Some(record) = self.instances.get(&key).map(|i| &i.record) else { return CommitOutcome::Fenced };
        let execution = record.execution;
        if let Some(request) = commit.request {
            let outcome =
                CommitOutcome::Repeated { operation: request.operation, id: record.id.clone(), key, execution };
            self.requests.insert(request.id, Remembered { at: now, outcome });
        }
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
                if let Some(r) = self.holder(&new.id).filter(|r| !is_replaced(r, new)) {
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
                Ok(self.create(new.clone(), commit.now))
            }
            Subject::Existing { id, unpark } => {
                let (key, status) = self.holder(id).map(|r| (r.key, r.status)).ok_or(CommitOutcome::NotFound)?;
                if status.is_finished() {
                    return Err(CommitOutcome::Finished { status });
                }
                if *unpark {
                    self.change(key, |instance| instance.record.trust_again(commit.now));
                }
                Ok(key)
            }
            Subject::Finished { id, among } => {
                let (key, status) = self.holder(id).map(|r| (r.key, r.status)).ok_or(CommitOutcome::NotFound)?;
                if !status.is_finished() || !among.contains(status) {
                    return Err(CommitOutcome::NotAmong { status });
                }
                self.change(key, |instance| instance.record.make_ready(commit.now));
                Ok(key)
            }
        }
    }

    fn create(&mut self, new: NewInstance, now: Timestamp) -> InstanceKey {
        let holder = self.keys.get(&new.id).copied().and_then(|key| self.remove(key));
        let (key, execution) = holder.map_or_else(
            || {
                self.last_key += 1;
                (InstanceKey(self.last_key), ExecutionId(0))
            },
            |old| (old.key, ExecutionId(old.execution.0 + 1)),
        );
        let record = InstanceRecord {
            key,
            id: new.id,
            execution,
            name: new.name,
            version: new.version,
            status: if new.owner.is_some() { Status::Running } else { Status::Pending },
            parked_reason: None,
            custom_status: None,
            created_at: now,
            updated_at: now,
            owner: new.owner.map(|lease| lease.worker),
            wake_at: new.owner.is_none().then_some(new.start_at.unwrap_or(now)),
            crashes: 0,
            mark: None,
            tags: new.tags,
        };
        let mut instance = Instance { record, executions: BTreeMap::new(), inbox: BTreeSet::new() };
        instance.append(new.history);
        self.insert(instance);
        key
    }

    /// Continue-as-new, or a rewound one.
    fn begin_next(&mut self, key: InstanceKey, next: NextExecution, now: Timestamp) {
        self.change(key, |instance| {
            if !next.keeps {
                instance.executions.clear();
            }
            let record = &mut instance.record;
            record.execution = ExecutionId(record.execution.0 + 1);
            (record.name, record.version, record.updated_at) = (next.name, next.version, now);
            instance.append(next.history);
        });
        // The new messages come before those that wait: these are numbered anew.
        let waiting = self.take_all(key);
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
            Recipient::Finished { id } => {
                let Some(key) = self.holder(&id).filter(|r| r.status.is_finished()).map(|r| r.key) else { return };
                self.change(key, |instance| instance.record.make_ready(now));
                (key, delivery.message, None)
            }
            Recipient::New { instance, refused } => match (self.holder(&instance.id), refused) {
                (Some(r), Some(refused)) if !is_replaced(r, &instance) => (subject, *refused, None),
                (Some(r), None) if !is_replaced(r, &instance) => return,
                _ => (self.create(instance, now), delivery.message, None),
            },
        };
        let Some(record) = self.instances.get(&to).map(|i| &i.record) else { return };
        if record.status.is_finished() || execution.is_some_and(|e| e != record.execution) {
            return;
        }
        let sleeps = record.owner.is_none() && is_runnable(record.status) && record.status != Status::Pending;
        if sleeps && record.wake_at.is_none_or(|at| at > now) {
            self.change(to, |instance| instance.record.wake_at = Some(now));
        }
        self.put(to, message, execution);
    }
}

/// Whether a new instance may take the place of this one.
fn is_replaced(holder: &InstanceRecord, new: &NewInstance) -> bool {
    holder.status.is_finished() && new.replaces.contains(holder.status)
}

impl InstanceRecord {
    /// No longer parked, or no longer finished.
    pub(super) fn make_ready(&mut self, now: Timestamp) {
        self.status = Status::Running;
        self.parked_reason = None;
        self.owner = None;
        self.wake_at = Some(now);
        self.updated_at = now;
    }

    /// Neither parked, nor waiting for its start time, nor suspect.
    fn trust_again(&mut self, now: Timestamp) {
        match self.status {
            Status::Parked => self.make_ready(now),
            Status::Pending => self.wake_at = Some(now),
            _ => {}
        }
        (self.crashes, self.mark) = (0, None);
    }
}

impl Instance {
    fn update(&mut self, update: InstanceUpdate, now: Timestamp) {
        let r = &mut self.record;
        r.status = update.status;
        r.parked_reason = update.parked_reason;
        r.crashes = update.crashes;
        r.mark = update.mark;
        if update.custom_status.is_some() {
            r.custom_status = update.custom_status;
        }
        r.updated_at = now;
        match update.ownership {
            Ownership::Keep => {}
            Ownership::Release { wake_at } => {
                r.owner = None;
                let is_woken = !self.inbox.is_empty() && !r.status.is_finished();
                r.wake_at = if is_woken { Some(now) } else { wake_at };
            }
        }
    }
}
