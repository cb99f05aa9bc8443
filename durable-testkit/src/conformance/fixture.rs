//! What the cases are written with: a store, and a clock that is a number.

use std::sync::Arc;
use std::time::Duration;

use durable_core::history::{Event, PackedTurn, Turn};
use durable_core::store::{
    Claim, ClaimedInstance, Commit, CommitOutcome, InstanceRecord, Lease, Offer, Status, Store, StoreError,
    StoreErrorKind, WorkerInfo,
};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, Payload, TaskId, Timestamp};

pub(super) use super::building::{
    CommitExt, asleep, commit, ended, finished, instance, new, owned, parked, poke, raise, revive, tags, to,
    to_execution, to_finished, to_itself, to_new, to_new_or, update,
};

/// How long the leases of the cases run.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// The store under test.
pub(super) struct Hub {
    pub(super) store: Arc<dyn Store>,
}

/// A moment of the cases: seconds after an arbitrary start.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_700_000_000_000_000 + seconds * 1_000_000)
}

pub(super) fn id(id: &str) -> InstanceId {
    InstanceId::new(id).expect("the cases use valid ids")
}

pub(super) fn offer(name: &str) -> Offer {
    Offer { name: name.into(), version: String::new() }
}

/// A turn that starts at `seq` and has `count` events.
pub(super) fn turn(seq: u64, count: u64) -> PackedTurn {
    let messages = (1..count).map(|n| Event::TimerFired { id: TaskId(n), attempt: 1 }).collect();
    packed(Turn { seq: EventSeq(seq), at: at(0), messages, decisions: Vec::new() })
}

pub(super) fn packed(turn: Turn) -> PackedTurn {
    PackedTurn::pack(&turn).expect("a turn can be packed")
}

/// A message that can be told from others.
pub(super) fn message(n: u64) -> Event {
    Event::TaskCompleted { id: TaskId(n), attempt: 1, result: Payload::null() }
}

impl Hub {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Commits one and gives its outcome.
    pub(super) async fn commit(&self, commit: Commit) -> CommitOutcome {
        self.batch(vec![commit]).await.pop().expect("one outcome per commit")
    }

    pub(super) async fn batch(&self, batch: Vec<Commit>) -> Vec<CommitOutcome> {
        let commits = batch.len();
        let outcomes = self.store.commit(batch).await.expect("a commit works");
        assert_eq!(outcomes.len(), commits, "one outcome per commit");
        outcomes
    }

    /// Commits one that must apply; gives the subject's key.
    #[track_caller]
    pub(super) fn applied(&self, commit: Commit) -> impl Future<Output = InstanceKey> {
        let caller = std::panic::Location::caller();
        async move {
            match self.commit(commit).await {
                CommitOutcome::Applied { key, .. } => key,
                other => panic!("{caller}: a commit did not apply: {other:?}"),
            }
        }
    }

    /// A worker that offers `f`, entered at time 0.
    pub(super) async fn worker(&self, name: &str) -> Lease {
        self.worker_offering(name, vec![offer("f")], at(0)).await
    }

    pub(super) async fn worker_offering(&self, name: &str, offers: Vec<Offer>, now: Timestamp) -> Lease {
        let info = WorkerInfo { name: name.into(), offers, lease_duration: LEASE };
        self.store.register_worker(info, now).await.expect("a worker can enter")
    }

    pub(super) async fn claim(&self, lease: Lease, now: Timestamp) -> Vec<ClaimedInstance> {
        self.claim_offering(lease, vec![offer("f")], now, 100).await
    }

    pub(super) async fn claim_offering(
        &self,
        lease: Lease,
        offers: Vec<Offer>,
        now: Timestamp,
        limit: usize,
    ) -> Vec<ClaimedInstance> {
        self.store.claim(Claim { lease, offers, now, limit }).await.expect("a claim works")
    }

    pub(super) async fn record(&self, name: &str) -> InstanceRecord {
        self.store.instance(id(name)).await.expect("an instance can be read").expect("the instance is there")
    }

    /// An instance of one turn (none yet, if it is to be `Pending`) in this status.
    pub(super) async fn make(&self, name: &str, status: Status, lease: Lease) -> InstanceKey {
        let commit = match status {
            Status::Pending => new(name, None),
            Status::Running => new(name, Some(lease)).turn(0, turn(0, 1)),
            Status::Parked => new(name, Some(lease)).turn(0, turn(0, 1)).update(parked("no code")),
            other => new(name, Some(lease)).turn(0, turn(0, 1)).update(ended(other)),
        };
        self.applied(commit).await
    }

    /// The executions of which there are turns.
    pub(super) async fn executions(&self, key: InstanceKey) -> Vec<u32> {
        let executions = self.store.executions(key).await.expect("executions can be listed");
        executions.into_iter().map(|e| e.0).collect()
    }

    /// Where each turn begins.
    pub(super) async fn turns(&self, key: InstanceKey, execution: u32) -> Vec<u64> {
        let turns = self.store.history(key, ExecutionId(execution)).await.expect("a history can be read");
        turns.iter().map(|t| t.seq.0).collect()
    }

    /// The waiting messages, as recipient and number.
    pub(super) async fn inbox(&self) -> Vec<(InstanceKey, Event)> {
        let inbox = self.store.inbox().await.expect("the inbox can be read");
        inbox.into_iter().map(|m| (m.to, m.message)).collect()
    }

    /// The waiting messages of one instance.
    pub(super) async fn inbox_of(&self, name: &str) -> Vec<Event> {
        let key = self.record(name).await.key;
        self.inbox().await.into_iter().filter(|(to, _)| *to == key).map(|(_, message)| message).collect()
    }

    /// A worker that takes over from all others, long after their leases ran out.
    pub(super) async fn successor(&self) -> (Lease, Timestamp) {
        let now = at(1_000);
        let lease = self.worker_offering("successor", vec![offer("f")], now).await;
        self.store.fence_dead_workers(lease, now).await.expect("the dead can be fenced");
        (lease, now)
    }
}

pub(super) fn ids(claimed: &[ClaimedInstance]) -> Vec<&str> {
    claimed.iter().map(|c| c.record.id.as_str()).collect()
}

#[track_caller]
pub(super) fn assert_fenced<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    let kind = result.as_ref().map_err(StoreError::kind).err();
    assert_eq!(kind, Some(StoreErrorKind::Fenced), "expected a stale lease to be fenced, got {result:?}");
}
