//! What the simulator knows because every call goes through its hands: who owns what, what is
//! recorded, and so what a store may not accept and a worker may not do.

use std::collections::{BTreeMap, BTreeSet};

use durable_core::context::ActivityInfo;
use durable_core::history::PackedTurn;
use durable_core::store::{
    ClaimedInstance, Commit, CommitOutcome, InstanceRecord, Lease, Ownership, Recipient, Status, Subject,
};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, TaskId, WorkerId};

use super::operations::Operations;
use super::requests::Requests;

#[derive(Debug, Default)]
pub(super) struct Monitor {
    current: BTreeSet<Lease>,
    instances: BTreeMap<InstanceKey, Known>,
    keys: BTreeMap<InstanceId, InstanceKey>,
    failures: BTreeMap<(InstanceId, ExecutionId, TaskId), u32>,
    pub(super) requests: Requests,
    /// Those that were purged, and how they had ended.
    purged: BTreeMap<InstanceId, Status>,
}

#[derive(Debug)]
struct Known {
    owner: Option<WorkerId>,
    execution: ExecutionId,
    next_seq: EventSeq,
    operations: Operations,
    /// How it has ended, if it has.
    ended: Option<Status>,
}

impl Known {
    fn append(&mut self, turns: &[PackedTurn]) -> Result<(), String> {
        for packed in turns {
            self.next_seq = packed.seq.plus(packed.count);
            self.operations.absorb(&packed.unpack().map_err(|e| e.to_string())?);
        }
        Ok(())
    }
}

impl Monitor {
    pub(super) fn entered(&mut self, lease: Lease) {
        self.current.insert(lease);
    }

    pub(super) fn is_current(&self, lease: Lease) -> bool {
        self.current.contains(&lease)
    }

    pub(super) fn fenced(&mut self, worker: WorkerId) {
        self.current.retain(|lease| lease.worker != worker);
    }

    pub(super) fn released(&mut self, lease: Lease) {
        self.current.remove(&lease);
        for known in self.instances.values_mut().filter(|k| k.owner == Some(lease.worker)) {
            known.owner = None;
        }
    }

    /// The store has given an instance to a worker.
    pub(super) fn claimed(&mut self, lease: Lease, claimed: &ClaimedInstance) -> Result<(), String> {
        let r = &claimed.record;
        let known = self.instances.get_mut(&r.key).ok_or_else(|| format!("{} was claimed, but never created", r.id))?;
        if let Some(owner) = known.owner.filter(|owner| self.current.iter().any(|l| l.worker == *owner)) {
            return Err(format!("I10: {} was given to worker {} while worker {owner} has it", r.id, lease.worker));
        }
        if !self.current.contains(&lease) {
            return Err(format!("I10: {} was given to worker {}, whose lease is stale", r.id, lease.worker));
        }
        known.owner = Some(lease.worker);
        let next = claimed.turns.last().map_or(EventSeq(0), |t| t.seq.plus(t.count));
        if next != known.next_seq || r.execution != known.execution {
            return Err(format!("I3: {} was read up to event {next}, but written up to {}", r.id, known.next_seq));
        }
        Ok(())
    }

    /// The store has applied a commit.
    pub(super) fn applied(&mut self, commit: &Commit, key: InstanceKey, execution: ExecutionId) -> Result<(), String> {
        match &commit.subject {
            Subject::New(new) => {
                if new.owner.is_some_and(|lease| !self.current.contains(&lease)) {
                    return Err(format!("I10: {} was created under a stale lease", new.id));
                }
                if let Some(known) = self.instances.get(&key) {
                    match known.ended {
                        None => {
                            return Err(format!(
                                "I5: {} was started a second time, and its first execution runs",
                                new.id
                            ));
                        }
                        Some(status) if !new.replaces.contains(status) => {
                            return Err(format!("I5: {} was replaced, though it was {status}", new.id));
                        }
                        Some(_) => {}
                    }
                }
                // A first turn that ends its execution is that of the one before.
                let first = ExecutionId(execution.0 - u32::from(commit.next.is_some()));
                self.born(new.id.clone(), key, first, &new.history)?;
                if let Some(known) = self.instances.get_mut(&key) {
                    known.owner = new.owner.map(|lease| lease.worker);
                }
            }
            Subject::Existing { .. } => {}
            Subject::Finished { id, .. } => self.goes_on(id)?,
            Subject::Owned { lease, .. } => {
                if !self.current.contains(lease) {
                    return Err(format!("I10: a commit of instance {key} under the stale lease {lease:?} was applied"));
                }
                let owner = self.instances.get(&key).and_then(|k| k.owner);
                if owner != Some(lease.worker) {
                    return Err(format!(
                        "I10: a commit of worker {} was applied to instance {key}, owner {owner:?}",
                        lease.worker
                    ));
                }
            }
        }
        let id = match &commit.subject {
            Subject::New(new) => Some(new.id.clone()),
            _ => None,
        };
        self.requests.applied(commit, id, key, execution)?;
        self.writes(commit, key, execution)?;
        for delivery in &commit.deliveries {
            if let Recipient::Finished { id } = &delivery.to {
                // Unless it has not finished: then nothing happens.
                let _ = self.goes_on(id);
            }
        }
        Ok(())
    }

    /// What a commit writes of its subject.
    fn writes(&mut self, commit: &Commit, key: InstanceKey, execution: ExecutionId) -> Result<(), String> {
        let known = self.instances.get_mut(&key).ok_or_else(|| format!("instance {key} was never created"))?;
        let after = ExecutionId(known.execution.0 + u32::from(commit.next.is_some()));
        if after != execution {
            return Err(format!("instance {key} is at execution {after}, not {execution}"));
        }
        if let Some(turn) = &commit.turn {
            if turn.packed.seq != known.next_seq {
                return Err(format!(
                    "I11: a turn at {} was applied to instance {key} at {}",
                    turn.packed.seq, known.next_seq
                ));
            }
            known.append(std::slice::from_ref(&turn.packed))?;
        }
        if let Some(update) = &commit.update {
            known.ended = Some(update.status).filter(|s| s.is_finished());
            if matches!(update.ownership, Ownership::Release { .. }) {
                known.owner = None;
            }
        }
        if let Some(next) = &commit.next {
            known.execution = execution;
            known.next_seq = EventSeq(0);
            known.operations = Operations::default();
            known.append(&next.history)?;
        }
        Ok(())
    }

    /// The store has refused a commit.
    pub(super) fn refused(&self, commit: &Commit, outcome: &CommitOutcome) -> Result<(), String> {
        if let (Subject::New(new), CommitOutcome::AlreadyExists { key, .. }) = (&commit.subject, outcome)
            && let Some(status) = self.instances.get(key).and_then(|k| k.ended)
            && new.replaces.contains(status)
        {
            return Err(format!("I5: {} is {status}, and was not replaced", new.id));
        }
        self.requests.repeated(commit, outcome)
    }

    /// An instance that has ended is made ready again.
    fn goes_on(&mut self, id: &InstanceId) -> Result<(), String> {
        let known = self.keys.get(id).and_then(|key| self.instances.get_mut(key));
        let known =
            known.filter(|k| k.ended.is_some()).ok_or_else(|| format!("I6: {id} goes on, but had not ended"))?;
        known.ended = None;
        Ok(())
    }

    /// A delivery may have made this instance: what the store says of it.
    pub(super) fn may_be_born(&mut self, r: InstanceRecord) -> Result<bool, String> {
        let known = self.instances.get(&r.key);
        if known.is_some_and(|k| k.ended.is_none() || k.execution == r.execution) {
            return Ok(false);
        }
        self.born(r.id, r.key, r.execution, &[]).map(|()| true)
    }

    /// An instance has come to be.
    fn born(
        &mut self,
        id: InstanceId,
        key: InstanceKey,
        execution: ExecutionId,
        history: &[PackedTurn],
    ) -> Result<(), String> {
        let (operations, next_seq) = (Operations::default(), EventSeq(0));
        let mut known = Known { owner: None, execution, next_seq, operations, ended: None };
        known.append(history)?;
        self.instances.insert(key, known);
        self.keys.insert(id, key);
        Ok(())
    }

    /// Those of these that may be purged.
    pub(super) fn purgeable(&self, named: &[(InstanceKey, ExecutionId)]) -> Vec<(InstanceKey, ExecutionId)> {
        let is_it = |(key, execution): &&(InstanceKey, ExecutionId)| {
            self.instances.get(key).is_some_and(|k| k.ended.is_some() && k.execution == *execution)
        };
        named.iter().filter(is_it).copied().collect()
    }

    /// These are purged.
    pub(super) fn purge(&mut self, gone: &[(InstanceKey, ExecutionId)]) {
        for (key, _) in gone {
            let Some(status) = self.instances.remove(key).and_then(|k| k.ended) else { continue };
            let ids: Vec<InstanceId> = self.keys.iter().filter(|(_, k)| *k == key).map(|(id, _)| id.clone()).collect();
            for id in ids {
                self.keys.remove(&id);
                self.purged.insert(id, status);
            }
        }
    }

    /// The key of the instance that has this id now.
    pub(super) fn key(&self, id: &InstanceId) -> Option<InstanceKey> {
        self.keys.get(id).copied()
    }

    /// How it had ended when it was purged.
    pub(super) fn was_purged(&self, id: &InstanceId) -> Option<Status> {
        self.purged.get(id).copied()
    }

    /// A worker starts an activity: the call must be recorded, and by the owner only while it
    /// is open. Who has lost the instance without knowing may start what has ended since.
    pub(super) fn starts(&self, lease: Lease, info: &ActivityInfo, has_unanswered: bool) -> Result<(), String> {
        let ActivityInfo { instance, execution, task, .. } = info;
        let known = self.keys.get(instance).and_then(|key| self.instances.get(key));
        let owns = known.is_some_and(|k| k.owner == Some(lease.worker)) && self.current.contains(&lease);
        if !owns && self.purged.contains_key(instance) {
            // It may be of the one before, that was purged.
            return Ok(());
        }
        let Some(known) = known.filter(|k| k.execution == *execution) else {
            let later = known.is_some_and(|k| k.execution > *execution);
            return if later {
                Ok(())
            } else {
                Err(format!("#{task} of {instance} starts, but nothing of it is recorded"))
            };
        };
        if !known.operations.is_scheduled(*task) {
            return Err(format!("#{task} of {instance} starts before the commit that schedules it"));
        }
        // Until it is told that the cancellation is recorded, it may have to go on without it.
        let may_have_canceled = has_unanswered && known.operations.is_canceled(*task);
        if owns && !known.operations.is_open(*task) && !may_have_canceled {
            return Err(format!("I8: #{task} of {instance} starts again, though its end is recorded"));
        }
        Ok(())
    }

    /// Whether everything that was ever created has ended.
    pub(super) fn all_finished(&self) -> bool {
        self.instances.values().all(|k| k.ended.is_some())
    }

    /// How many failures of this call were planned.
    pub(super) fn failures(&self, info: &ActivityInfo) -> u32 {
        self.failures.get(&(info.instance.clone(), info.execution, info.task)).copied().unwrap_or_default()
    }

    pub(super) fn failed(&mut self, info: &ActivityInfo) {
        *self.failures.entry((info.instance.clone(), info.execution, info.task)).or_default() += 1;
    }
}
