//! Which commits of a batch apply, and what they write.

use std::collections::HashMap;

use durable_core::store::{Commit, CommitOutcome, Lease, Status, Subject};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, LeaseEpoch, WorkerId};

use crate::records::Records;
use crate::sql::Check;
use crate::writes::Writes;

/// A batch, decided.
pub(crate) struct Plan<'a> {
    pub(crate) writes: Writes<'a>,
    pub(crate) outcomes: Vec<CommitOutcome>,
}

/// How many new instances a batch may make.
pub(crate) fn new_instances(batch: &[Commit]) -> usize {
    batch.iter().filter(|c| matches!(c.subject, Subject::New(_))).count()
}

/// The plan under which every commit applies, and the check that proves it right. `None` if
/// that cannot be said in one check: several workers, or a commit that does not say where its
/// history ends.
///
/// New instances take the keys from `first_key` on.
pub(crate) fn optimistic(batch: &[Commit], first_key: i64) -> Option<(Plan<'_>, Option<Check>)> {
    let mut writes = Writes::default();
    let mut outcomes = Vec::with_capacity(batch.len());
    let mut bases = Records::with_capacity(batch.len());
    let mut the_lease: Option<Lease> = None;
    let mut same = |lease: Lease| *the_lease.get_or_insert(lease) == lease;
    let mut keys = (first_key..).map(InstanceKey);
    for commit in batch {
        let (key, execution) = match &commit.subject {
            Subject::New(new) => {
                let fits = new.owner.is_none_or(&mut same) && commit.turn.as_ref().is_none_or(|t| t.packed.seq.0 == 0);
                let (key, execution) = (keys.next().filter(|_| fits)?, ExecutionId(0));
                writes.create(key, execution, new, commit);
                (key, execution)
            }
            Subject::Owned { lease, key } => {
                let turn = commit.turn.as_ref().filter(|_| same(*lease))?;
                bases.push([key.0, i64::from(turn.execution.0), turn.packed.seq.0 as i64]);
                writes.owned(*key, turn.execution, commit);
                (*key, turn.execution)
            }
        };
        outcomes.push(CommitOutcome::Applied { key, execution });
    }
    let check = the_lease.map(|l| Check { worker: l.worker.0, epoch: l.epoch.0 as i64, bases });
    Some((Plan { writes, outcomes }, check))
}

/// What is known of an instance.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) execution: ExecutionId,
    pub(crate) status: Status,
    pub(crate) owner: Option<WorkerId>,
    pub(crate) next_seq: EventSeq,
}

/// What is known of everything that a batch names, as of the open transaction.
#[derive(Default)]
pub(crate) struct View {
    pub(crate) epochs: HashMap<WorkerId, LeaseEpoch>,
    pub(crate) ids: HashMap<InstanceId, InstanceKey>,
    pub(crate) instances: HashMap<InstanceKey, Known>,
}

/// Judges each commit in order, each on what the ones before it leave behind.
pub(crate) fn judged<'a>(batch: &'a [Commit], mut view: View, first_key: i64) -> Plan<'a> {
    let mut writes = Writes::default();
    let mut keys = (first_key..).map(InstanceKey);
    let outcomes = batch.iter().map(|commit| match &commit.subject {
        Subject::New(new) => {
            let (key, execution) = match view.admit_new(new, commit) {
                Err(refused) => return refused,
                Ok(Some((key, last))) => {
                    writes.replace(key);
                    (key, ExecutionId(last.0 + 1))
                }
                Ok(None) => (keys.next().unwrap_or_default(), ExecutionId(0)),
            };
            writes.create(key, execution, new, commit);
            view.ids.insert(new.id.clone(), key);
            let owner = new.owner.map(|lease| lease.worker);
            let status = if owner.is_some() { Status::Running } else { Status::Pending };
            view.instances.insert(key, Known { execution, status, owner, next_seq: EventSeq(0) });
            view.advance(key, commit);
            CommitOutcome::Applied { key, execution }
        }
        Subject::Owned { lease, key } => {
            let execution = match view.admit_owned(*lease, *key, commit) {
                Err(refused) => return refused,
                Ok(execution) => execution,
            };
            writes.owned(*key, execution, commit);
            view.advance(*key, commit);
            CommitOutcome::Applied { key: *key, execution }
        }
    });
    let outcomes = outcomes.collect();
    Plan { writes, outcomes }
}

impl View {
    fn holds(&self, lease: Lease) -> bool {
        self.epochs.get(&lease.worker) == Some(&lease.epoch)
    }

    fn admit_owned(&self, lease: Lease, key: InstanceKey, commit: &Commit) -> Result<ExecutionId, CommitOutcome> {
        let known = self.instances.get(&key).filter(|known| self.holds(lease) && known.owner == Some(lease.worker));
        let known = known.ok_or(CommitOutcome::Fenced)?;
        let fits = |turn: &durable_core::store::TurnWrite| {
            turn.execution == known.execution && turn.packed.seq == known.next_seq
        };
        if commit.turn.as_ref().is_none_or(fits) {
            Ok(known.execution)
        } else {
            Err(CommitOutcome::Conflict { next_seq: known.next_seq })
        }
    }

    /// The ended instance whose place it takes, if there is one.
    fn admit_new(
        &self,
        new: &durable_core::store::NewInstance,
        commit: &Commit,
    ) -> Result<Option<(InstanceKey, ExecutionId)>, CommitOutcome> {
        if new.owner.is_some_and(|lease| !self.holds(lease)) {
            return Err(CommitOutcome::Fenced);
        }
        let holder = self.ids.get(&new.id).and_then(|key| Some((*key, self.instances.get(key)?)));
        if let Some((key, known)) = holder.filter(|(_, known)| !known.status.is_finished()) {
            let (execution, status) = (known.execution, known.status);
            return Err(CommitOutcome::AlreadyExists { key, execution, status });
        }
        if commit.turn.as_ref().is_some_and(|turn| turn.packed.seq.0 != 0) {
            return Err(CommitOutcome::Conflict { next_seq: EventSeq(0) });
        }
        Ok(holder.map(|(key, known)| (key, known.execution)))
    }

    /// What a commit that applies leaves behind.
    fn advance(&mut self, key: InstanceKey, commit: &Commit) {
        let Some(known) = self.instances.get_mut(&key) else { return };
        if let Some(turn) = &commit.turn {
            known.next_seq = turn.packed.seq.plus(turn.packed.count);
        }
        if let Some(update) = &commit.update {
            known.status = update.status;
            if known.status.is_finished() || update.ownership != durable_core::store::Ownership::Keep {
                known.owner = None;
            }
        }
    }
}
