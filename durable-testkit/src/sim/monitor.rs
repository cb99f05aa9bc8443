//! What the simulator knows because every call goes through its hands: who owns what, what is
//! recorded, and so what a store may not accept and a worker may not do.

use std::collections::{BTreeMap, BTreeSet};

use durable_core::context::ActivityInfo;
use durable_core::store::{ClaimedInstance, Commit, Lease, Ownership, Subject};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, TaskId, WorkerId};

use super::operations::Operations;

#[derive(Debug, Default)]
pub(super) struct Monitor {
    current: BTreeSet<Lease>,
    instances: BTreeMap<InstanceKey, Known>,
    keys: BTreeMap<InstanceId, InstanceKey>,
    failures: BTreeMap<(InstanceId, ExecutionId, TaskId), u32>,
}

#[derive(Debug)]
struct Known {
    owner: Option<WorkerId>,
    execution: ExecutionId,
    next_seq: EventSeq,
    operations: Operations,
    finished: bool,
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
                if self.instances.get(&key).is_some_and(|k| !k.finished) {
                    return Err(format!("I5: {} was started a second time, and its first execution runs", new.id));
                }
                let owner = new.owner.map(|lease| lease.worker);
                // A first turn that ends its execution is that of the one before.
                let first = ExecutionId(execution.0 - u32::from(commit.next.is_some()));
                self.born(new.id.clone(), key, first);
                if let Some(known) = self.instances.get_mut(&key) {
                    known.owner = owner;
                }
            }
            Subject::Existing { .. } => {}
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
            known.next_seq = turn.packed.seq.plus(turn.packed.count);
            known.operations.absorb(&turn.packed.unpack().map_err(|e| e.to_string())?);
        }
        if let Some(update) = &commit.update {
            if let Some(reason) = &update.parked_reason {
                return Err(format!("instance {key} was parked: {reason}"));
            }
            known.finished = update.status.is_finished();
            if matches!(update.ownership, Ownership::Release { .. }) {
                known.owner = None;
            }
        }
        if commit.next.is_some() {
            known.execution = execution;
            known.next_seq = EventSeq(0);
            known.operations = Operations::default();
        }
        Ok(())
    }

    /// Whether a start under this id makes an instance.
    pub(super) fn is_free(&self, id: &InstanceId) -> bool {
        self.keys.get(id).and_then(|key| self.instances.get(key)).is_none_or(|k| k.finished)
    }

    /// An instance has come to be.
    pub(super) fn born(&mut self, id: InstanceId, key: InstanceKey, execution: ExecutionId) {
        let (operations, next_seq) = (Operations::default(), EventSeq(0));
        self.instances.insert(key, Known { owner: None, execution, next_seq, operations, finished: false });
        self.keys.insert(id, key);
    }

    /// A worker starts an activity: the call must be recorded, and by the owner only while it
    /// is open. Who has lost the instance without knowing may start what has ended since.
    pub(super) fn starts(&self, lease: Lease, info: &ActivityInfo, has_unanswered: bool) -> Result<(), String> {
        let ActivityInfo { instance, execution, task, .. } = info;
        let known = self.keys.get(instance).and_then(|key| self.instances.get(key));
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
        let owns = known.owner == Some(lease.worker) && self.current.contains(&lease);
        // Until it is told that the cancellation is recorded, it may have to go on without it.
        let may_have_canceled = has_unanswered && known.operations.is_canceled(*task);
        if owns && !known.operations.is_open(*task) && !may_have_canceled {
            return Err(format!("I8: #{task} of {instance} starts again, though its end is recorded"));
        }
        Ok(())
    }

    /// Whether everything that was ever created has ended.
    pub(super) fn all_finished(&self) -> bool {
        self.instances.values().all(|k| k.finished)
    }

    /// How many failures of this call were planned.
    pub(super) fn failures(&self, info: &ActivityInfo) -> u32 {
        self.failures.get(&(info.instance.clone(), info.execution, info.task)).copied().unwrap_or_default()
    }

    pub(super) fn failed(&mut self, info: &ActivityInfo) {
        *self.failures.entry((info.instance.clone(), info.execution, info.task)).or_default() += 1;
    }
}
