//! Commits and claims, done wrong.

use durable_core::history::{CodecError, Event, PackedTurn};
use durable_core::store::{
    Claim, ClaimedInstance, Commit, CommitOutcome, Delivery, Lease, Recipient, StatusSet, StoreError, Subject,
};
use durable_core::{InstanceKey, Timestamp};

use super::{PlantedBug, Tampered};

impl Tampered {
    pub(super) async fn tampered_commit(&self, batch: Vec<Commit>) -> Result<Vec<CommitOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for commit in batch {
            outcomes.push(self.one(commit).await?);
        }
        Ok(outcomes)
    }

    async fn plain(&self, commit: Commit) -> Result<CommitOutcome, StoreError> {
        let outcome = self.inner.commit(vec![commit]).await?.pop();
        outcome.ok_or_else(|| StoreError::Other("one commit has no outcome".into()))
    }

    async fn one(&self, mut commit: Commit) -> Result<CommitOutcome, StoreError> {
        match self.bug {
            PlantedBug::NoFence => {
                let outcome = self.plain(commit.clone()).await?;
                let (CommitOutcome::Fenced, Subject::Owned { key, .. }) = (&outcome, &commit.subject) else {
                    return Ok(outcome);
                };
                match self.owner_of(*key).await? {
                    Some(lease) => {
                        commit.subject = Subject::Owned { lease, key: *key };
                        self.plain(commit).await
                    }
                    None => Ok(outcome),
                }
            }
            PlantedBug::HalfCommit if commit.turn.is_some() && commit.update.is_some() && self.strikes() => {
                commit.update = None;
                self.plain(commit).await
            }
            PlantedBug::TurnTwice if self.is_middle(&commit) && self.strikes() => {
                let mut again = commit.clone();
                let outcome = self.plain(commit).await?;
                if let Some(turn) = &mut again.turn {
                    turn.packed.seq = turn.packed.seq.plus(turn.packed.count);
                }
                self.plain(again).await?;
                Ok(outcome)
            }
            PlantedBug::TimerEarly => {
                if let Some(turn) = &mut commit.turn {
                    turn.packed = fired_early(&turn.packed)?;
                }
                self.plain(commit).await
            }
            PlantedBug::LostMessage if !commit.deliveries.is_empty() && self.strikes() => {
                commit.deliveries.clear();
                self.plain(commit).await
            }
            PlantedBug::MessageStays if !commit.consumed.is_empty() && self.strikes() => {
                commit.consumed.clear();
                self.plain(commit).await
            }
            PlantedBug::Forgotten if self.is_middle(&commit) && self.strikes() => match &commit.subject {
                Subject::Owned { key, .. } => {
                    let execution = commit.turn.as_ref().map(|t| t.execution).unwrap_or_default();
                    Ok(CommitOutcome::Applied { key: *key, execution })
                }
                _ => self.plain(commit).await,
            },
            PlantedBug::LostReport if commit.deliveries.iter().any(is_report) && self.strikes() => {
                commit.deliveries.retain(|d| !is_report(d));
                self.plain(commit).await
            }
            PlantedBug::LooseReport => {
                for delivery in &mut commit.deliveries {
                    if let Recipient::Id { execution, .. } = &mut delivery.to {
                        *execution = None;
                    }
                }
                self.plain(commit).await
            }
            PlantedBug::EventTwice if commit.deliveries.iter().any(is_event) && self.strikes() => {
                let again: Vec<Delivery> = commit.deliveries.iter().filter(|d| is_event(d)).cloned().collect();
                commit.deliveries.extend(again);
                self.plain(commit).await
            }
            PlantedBug::LostBetween if commit.next.as_ref().is_some_and(|n| n.messages.len() > 1) && self.strikes() => {
                if let Some(next) = &mut commit.next {
                    next.messages.truncate(1);
                }
                self.plain(commit).await
            }
            PlantedBug::RequestsForgotten => {
                commit.request = None;
                self.plain(commit).await
            }
            PlantedBug::ReplacesAll => {
                if let Subject::New(new) = &mut commit.subject {
                    new.replaces = StatusSet::FINISHED;
                }
                self.plain(commit).await
            }
            PlantedBug::Orphan if commit.deliveries.iter().any(is_end) && self.strikes() => {
                commit.deliveries.retain(|d| !is_end(d));
                self.plain(commit).await
            }
            _ => self.plain(commit).await,
        }
    }

    /// A turn of an instance that goes on.
    fn is_middle(&self, commit: &Commit) -> bool {
        matches!(commit.subject, Subject::Owned { .. }) && commit.turn.is_some() && commit.update.is_none()
    }

    /// The lease under which this instance may be written.
    async fn owner_of(&self, key: InstanceKey) -> Result<Option<Lease>, StoreError> {
        let row = self.inner.instances(InstanceKey(key.0 - 1), 1).await?.pop();
        let Some(owner) = row.filter(|r| r.key == key).and_then(|r| r.owner) else { return Ok(None) };
        let workers = self.inner.workers().await?;
        let owner = workers.iter().find(|w| w.id == owner && !w.fenced);
        Ok(owner.map(|w| Lease { worker: w.id, epoch: w.epoch }))
    }

    pub(super) async fn tampered_claim(&self, claim: Claim) -> Result<Vec<ClaimedInstance>, StoreError> {
        let lease = claim.lease;
        let claimed = self.inner.claim(claim).await?;
        if self.bug != PlantedBug::SharedOwner || !claimed.is_empty() {
            return Ok(claimed);
        }
        // Nothing is free: it takes what another one has.
        let rows = self.inner.instances(InstanceKey(i64::MIN), 100).await?;
        let other = rows.into_iter().find(|r| r.owner.is_some_and(|owner| owner != lease.worker));
        let Some(mut record) = other.filter(|_| self.strikes()) else { return Ok(claimed) };
        let turns = self.inner.history(record.key, record.execution).await?;
        let inbox = self.inner.inbox().await?.into_iter().filter(|m| m.to == record.key).collect();
        record.owner = Some(lease.worker);
        Ok(vec![ClaimedInstance { record, turns, inbox }])
    }
}

fn is_report(delivery: &Delivery) -> bool {
    matches!(delivery.to, Recipient::Id { execution: Some(_), .. })
}

fn is_event(delivery: &Delivery) -> bool {
    matches!(delivery.message, Event::EventRaised { .. })
}

/// What a parent tells a child of which it lets go.
fn is_end(delivery: &Delivery) -> bool {
    matches!((&delivery.to, &delivery.message), (Recipient::Id { .. }, Event::TerminateRequested { .. }))
}

/// The same turn; if a timer fired in it, as of ten milliseconds earlier.
fn fired_early(packed: &PackedTurn) -> Result<PackedTurn, StoreError> {
    let corrupt = |e: CodecError| StoreError::Corrupt(e.to_string());
    let mut turn = packed.unpack().map_err(corrupt)?;
    if turn.messages.iter().any(|m| matches!(m, Event::TimerFired { .. })) {
        turn.at = Timestamp::from_unix_micros(turn.at.unix_micros() - 10_000);
    }
    PackedTurn::pack(&turn).map_err(corrupt)
}
