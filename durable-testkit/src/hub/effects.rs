//! What the engine asks for, and what a test brings in.

use durable_core::history::Event;
use durable_core::store::{
    ClaimedInstance, Commit, CommitOutcome, Delivery, Lease, Recipient, Store, StoreError, Subject,
};
use durable_core::worker::engine::Effect;
use durable_core::{InstanceId, InstanceKey};

use super::activities::Running;
use super::world::{World, sure};
use crate::sim::{Rng, block_on};

impl World {
    /// Carries out what the engine asks for. After a crash nobody asks any more.
    pub(super) fn perform(&mut self, effect: Effect) {
        let Some(live) = &mut self.live else { return };
        match effect {
            Effect::Commit(batch) => self.commit(batch),
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

    fn commit(&mut self, mut batch: Vec<Commit>) {
        batch.iter_mut().for_each(settle_seeds);
        let first = self.commits;
        self.commits += batch.len() as u64;
        // Each commit of a batch is a place to crash at: which ones go together is chance.
        if let Some(crash) = self.crash.filter(|crash| (first..self.commits).contains(&crash.commit)) {
            let place = usize::try_from(crash.commit - first).unwrap_or(usize::MAX);
            self.crash = None;
            self.crashed = batch.get(place).map(|c| self.describe(c));
            batch.truncate(place + usize::from(crash.applied));
            sure(block_on(self.store.commit(batch)));
            return self.kill();
        }
        let outcomes = block_on(self.store.commit(batch));
        if let Some(live) = &mut self.live {
            live.engine.committed(outcomes);
        }
    }

    /// A commit in a few words.
    fn describe(&self, commit: &Commit) -> String {
        let whose = match &commit.subject {
            Subject::New(new) => new.id.to_string(),
            Subject::Existing { id, .. } | Subject::Finished { id, .. } => id.to_string(),
            Subject::Owned { key, .. } => {
                let found = sure(block_on(self.store.instances(InstanceKey(key.0 - 1), 1)));
                found.first().map_or_else(|| key.to_string(), |r| r.id.to_string())
            }
        };
        match &commit.turn {
            Some(turn) => format!("{whose}, turn at event {} of execution {}", turn.packed.seq, turn.execution),
            None => format!("{whose}, without a turn"),
        }
    }

    /// Brings a message to an instance.
    pub(super) fn send(&mut self, id: InstanceId, message: Event, unpark: bool) -> CommitOutcome {
        self.deliver(Subject::Existing { id, unpark }, message)
    }

    /// Brings a message to a subject.
    pub(super) fn deliver(&mut self, subject: Subject, message: Event) -> CommitOutcome {
        let deliveries = vec![Delivery { to: Recipient::Subject, message }];
        let commit = Commit { deliveries, ..Commit::new(subject, self.now) };
        let outcomes = sure(block_on(self.store.commit(vec![commit])));
        self.store_changed();
        outcomes.into_iter().next().unwrap_or(CommitOutcome::NotFound)
    }
}

/// Gives the executions that begin by this commit seeds that follow from who they are: a turn that
/// is taken again after a crash begins the same ones.
fn settle_seeds(commit: &mut Commit) {
    let now = commit.now.unix_micros().to_le_bytes();
    for delivery in &mut commit.deliveries {
        if let (Recipient::New { instance, .. }, Event::ExecutionStarted(started)) =
            (&delivery.to, &mut delivery.message)
        {
            started.seed = hash(&[instance.id.as_str().as_bytes(), &now]);
        }
    }
    if let (Subject::Owned { key, .. }, Some(next), Some(turn)) = (&commit.subject, &mut commit.next, &commit.turn)
        && let Some(Event::ExecutionStarted(started)) = next.messages.first_mut()
    {
        started.seed = hash(&[&key.0.to_le_bytes(), &turn.execution.0.to_le_bytes(), &now]);
    }
}

/// FNV-1a, stirred.
fn hash(parts: &[&[u8]]) -> u64 {
    let bytes = parts.iter().copied().flatten();
    let fnv = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01B3));
    Rng::new(fnv).word()
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
