//! What the simulator sees of commits when the store has carried them out.

use durable_core::store::{Commit, CommitOutcome, Recipient, StoreError};

use super::block_on;
use super::world::Sim;

impl Sim {
    /// One commit of the client.
    pub(super) fn commit_one(&mut self, id: u64, commit: Commit) -> Result<CommitOutcome, StoreError> {
        let batch = vec![commit];
        let result = block_on(self.store.commit(batch.clone()));
        self.see_commits(id, &batch, &result);
        result.and_then(|mut o| o.pop().ok_or(StoreError::Other("no outcome".into())))
    }

    pub(super) fn see_commits(&mut self, id: u64, batch: &[Commit], result: &Result<Vec<CommitOutcome>, StoreError>) {
        let outcomes = match result {
            Ok(outcomes) => outcomes,
            Err(e) => return self.note(format_args!("call {id}: {e}")),
        };
        for (commit, outcome) in batch.iter().zip(outcomes) {
            match outcome {
                CommitOutcome::Applied { key, execution } => {
                    self.counters.turns += u64::from(commit.turn.is_some());
                    if let Err(what) = self.monitor.applied(commit, *key, *execution) {
                        self.violation(what);
                    }
                    self.see_births(commit);
                    self.see_parked(commit, *key);
                }
                refused => {
                    self.counters.refused += 1;
                    self.counters.repeated += u64::from(matches!(refused, CommitOutcome::Repeated { .. }));
                    self.note(format_args!("call {id}: refused: {refused:?}"));
                    if let Err(what) = self.monitor.refused(commit, refused) {
                        self.violation(what);
                    }
                }
            }
        }
    }

    /// A commit may make instances: which those are, the store says.
    fn see_births(&mut self, commit: &Commit) {
        self.counters.continued += u64::from(commit.next.is_some());
        for delivery in &commit.deliveries {
            let Recipient::New { instance, .. } = &delivery.to else { continue };
            let Ok(Some(r)) = block_on(self.store.instance(instance.id.clone())) else { continue };
            match self.monitor.may_be_born(r) {
                Ok(born) => self.counters.children += u64::from(born),
                Err(what) => self.violation(what),
            }
        }
    }
}
