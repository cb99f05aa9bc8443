//! The requests that the store has carried out: a second time they have no effect (I4).

use std::collections::BTreeMap;

use durable_core::store::{Commit, CommitOutcome};
use durable_core::{ExecutionId, InstanceId, InstanceKey, RequestId, Timestamp};

/// Those that are to be remembered.
#[derive(Debug, Default)]
pub(super) struct Requests(BTreeMap<RequestId, Applied>);

#[derive(Debug)]
struct Applied {
    at: Timestamp,
    operation: String,
    key: InstanceKey,
    execution: ExecutionId,
    /// Known for starts.
    id: Option<InstanceId>,
}

impl Requests {
    /// A commit was applied.
    pub(super) fn applied(
        &mut self,
        commit: &Commit,
        id: Option<InstanceId>,
        key: InstanceKey,
        execution: ExecutionId,
    ) -> Result<(), String> {
        let Some(request) = &commit.request else { return Ok(()) };
        let applied = Applied { at: commit.now, operation: request.operation.clone(), key, execution, id };
        match self.0.insert(request.id.clone(), applied) {
            None => Ok(()),
            Some(before) => Err(format!(
                "I4: request {} ({}) was carried out twice, for instance {} and for {key}",
                request.id, request.operation, before.key
            )),
        }
    }

    /// The store says that a commit's request was carried out before.
    pub(super) fn repeated(&self, commit: &Commit, outcome: &CommitOutcome) -> Result<(), String> {
        let CommitOutcome::Repeated { operation, id, key, execution } = outcome else { return Ok(()) };
        let before = commit.request.as_ref().and_then(|r| self.0.get(&r.id));
        let Some(before) = before else { return Err(format!("I4: {outcome:?}, but nothing like it was applied")) };
        let is_it = (&before.operation, before.key, before.execution) == (operation, *key, *execution)
            && before.id.as_ref().is_none_or(|before| before == id);
        if is_it { Ok(()) } else { Err(format!("I4: {outcome:?}, but it was {before:?}")) }
    }

    /// The store forgets those from before this time.
    pub(super) fn forget(&mut self, before: Timestamp) -> u64 {
        let all = self.0.len();
        self.0.retain(|_, r| r.at >= before);
        (all - self.0.len()) as u64
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }
}
