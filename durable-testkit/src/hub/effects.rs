//! What the engine asks for, and what a test brings in.

use durable_core::history::Event;
use durable_core::store::{
    ClaimedInstance, Commit, CommitOutcome, Delivery, Lease, Recipient, Store, StoreError, Subject,
};
use durable_core::worker::engine::Effect;
use durable_core::{InstanceId, InstanceKey};

use super::activities::Running;
use super::world::{World, sure};
use crate::sim::block_on;

impl World {
    /// Carries out what the engine asks for. After a crash nobody asks any more.
    pub(super) fn perform(&mut self, effect: Effect) {
        let Some(live) = &mut self.live else { return };
        match effect {
            Effect::Commit(batch) => return self.commit(batch),
            Effect::Claim(claim) => live.engine.claimed(block_on(self.store.claim(claim))),
            Effect::Mail(lease, after) => live.engine.mail(block_on(self.store.mail(lease, after))),
            Effect::Reload(lease, keys, ids) => live.engine.reloaded(block_on(reload(&self.store, lease, keys, ids))),
            // No other worker could have come in between.
            Effect::Recheck(_) => {}
            Effect::Run(run) => {
                let name = run.ctx.info().name.clone();
                *self.runs.entry(name.to_string()).or_default() += 1;
                let until = self.now + self.setup.takes.get(&*name).copied().unwrap_or_default();
                live.running.push(Running::new(run, self.setup.is_real(&name), until, self.setup.patience));
            }
        }
    }

    fn commit(&mut self, batch: Vec<Commit>) {
        let index = self.commits;
        self.commits += 1;
        let crash = self.crash.filter(|crash| crash.commit == index);
        if crash.is_some() {
            self.crash = None;
            self.crashed = Some(batch.iter().map(describe).collect::<Vec<_>>().join(", "));
        }
        if crash.is_some_and(|crash| !crash.applied) {
            return self.kill();
        }
        let outcomes = block_on(self.store.commit(batch));
        match &mut self.live {
            Some(live) if crash.is_none() => live.engine.committed(outcomes),
            _ => self.kill(),
        }
    }

    /// Brings a message to an instance.
    pub(super) fn send(&mut self, id: InstanceId, message: Event, unpark: bool) -> CommitOutcome {
        self.deliver(Subject::Existing { id, unpark }, message)
    }

    /// Brings a message to a subject.
    pub(super) fn deliver(
        &mut self,
        subject: Subject,
        message: Event,
    ) -> CommitOutcome {
        let commit = Commit {
            subject,
            turn: None,
            consumed: Vec::new(),
            update: None,
            next: None,
            deliveries: vec![Delivery { to: Recipient::Subject, message }],
            now: self.now,
        };
        let outcomes = sure(block_on(self.store.commit(vec![commit])));
        self.store_changed();
        outcomes.into_iter().next().unwrap_or(CommitOutcome::NotFound)
    }
}

/// A commit in a few words.
fn describe(commit: &Commit) -> String {
    match &commit.turn {
        Some(turn) => format!("turn at event {} of execution {}", turn.packed.seq, turn.execution),
        None => "a commit without a turn".to_owned(),
    }
}

/// What a worker does for `Effect::Reload`.
async fn reload(
    store: &dyn Store,
    lease: Lease,
    keys: Vec<InstanceKey>,
    ids: Vec<InstanceId>,
) -> Result<Vec<ClaimedInstance>, StoreError> {
    let mut found = store.reload(lease, keys).await?;
    let mut mine = Vec::new();
    for id in ids {
        let record = store.instance(id).await?;
        mine.extend(record.filter(|r| r.owner == Some(lease.worker)).map(|r| r.key));
    }
    if !mine.is_empty() {
        found.extend(store.reload(lease, mine).await?);
    }
    Ok(found)
}
