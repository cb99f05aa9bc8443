//! What the cases are written with: a store, a clock that is a number, and short ways to make
//! commits.

use std::sync::Arc;
use std::time::Duration;

use durable_core::history::{Event, PackedTurn, Turn};
use durable_core::store::{
    Claim, ClaimedInstance, Commit, CommitOutcome, Delivery, InboxMessage, InstanceRecord, InstanceUpdate, Lease,
    NewInstance, NextExecution, Offer, Ownership, Recipient, Status, Store, StoreError, StoreErrorKind, Subject,
    TurnWrite, WorkerInfo,
};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, Payload, TaskId, Timestamp};

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

pub(super) fn commit(subject: Subject) -> Commit {
    Commit { subject, turn: None, consumed: vec![], update: None, next: None, deliveries: vec![], now: at(0) }
}

/// A start of orchestrator `f`.
pub(super) fn new(name: &str, owner: Option<Lease>) -> Commit {
    commit(Subject::New(NewInstance { owner, ..instance(name) }))
}

/// A new instance of orchestrator `f`, without an owner.
pub(super) fn instance(name: &str) -> NewInstance {
    NewInstance { id: id(name), name: "f".into(), version: String::new(), owner: None, start_at: None }
}

/// A message to the instance of this id.
pub(super) fn raise(name: &str, message: Event) -> Commit {
    commit(Subject::Existing { id: id(name), unpark: false }).deliver(to_itself(message))
}

/// The same; it makes a parked one ready.
pub(super) fn poke(name: &str, message: Event) -> Commit {
    commit(Subject::Existing { id: id(name), unpark: true }).deliver(to_itself(message))
}

pub(super) fn owned(lease: Lease, key: InstanceKey) -> Commit {
    commit(Subject::Owned { lease, key })
}

pub(super) fn to(name: &str, message: Event) -> Delivery {
    Delivery { to: Recipient::Id { id: id(name), execution: None }, message }
}

/// For this execution only.
pub(super) fn to_execution(name: &str, execution: u32, message: Event) -> Delivery {
    Delivery { to: Recipient::Id { id: id(name), execution: Some(ExecutionId(execution)) }, message }
}

/// To an instance that this makes.
pub(super) fn to_new(name: &str, message: Event) -> Delivery {
    Delivery { to: Recipient::New { instance: instance(name), refused: None }, message }
}

/// The same; if the id is taken, the subject is told.
pub(super) fn to_new_or(name: &str, message: Event, refused: Event) -> Delivery {
    Delivery { to: Recipient::New { instance: instance(name), refused: Some(Box::new(refused)) }, message }
}

pub(super) fn to_itself(message: Event) -> Delivery {
    Delivery { to: Recipient::Subject, message }
}

pub(super) fn update(status: Status, ownership: Ownership) -> InstanceUpdate {
    InstanceUpdate { status, ownership, parked_reason: None, crashes: 0, custom_status: None }
}

pub(super) fn finished() -> InstanceUpdate {
    update(Status::Completed, Ownership::Release { wake_at: None })
}

pub(super) fn asleep(wake_at: Option<Timestamp>) -> InstanceUpdate {
    update(Status::Running, Ownership::Release { wake_at })
}

pub(super) fn parked(reason: &str) -> InstanceUpdate {
    let asleep = update(Status::Parked, Ownership::Release { wake_at: None });
    InstanceUpdate { parked_reason: Some(reason.into()), ..asleep }
}

/// Commits, built up.
pub(super) trait CommitExt: Sized {
    fn turn(self, execution: u32, turn: PackedTurn) -> Self;
    fn update(self, update: InstanceUpdate) -> Self;
    fn deliver(self, delivery: Delivery) -> Self;
    fn at(self, now: Timestamp) -> Self;
    fn named(self, name: &str, version: &str) -> Self;
    fn consume(self, messages: &[InboxMessage]) -> Self;
    fn next(self, name: &str, version: &str, messages: Vec<Event>) -> Self;
}

impl CommitExt for Commit {
    fn turn(mut self, execution: u32, packed: PackedTurn) -> Self {
        self.turn = Some(TurnWrite { execution: ExecutionId(execution), packed });
        self
    }

    fn update(mut self, update: InstanceUpdate) -> Self {
        self.update = Some(update);
        self
    }

    fn deliver(mut self, delivery: Delivery) -> Self {
        self.deliveries.push(delivery);
        self
    }

    fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    fn named(mut self, name: &str, version: &str) -> Self {
        if let Subject::New(new) = &mut self.subject {
            (new.name, new.version) = (name.into(), version.into());
        }
        self
    }

    fn consume(mut self, messages: &[InboxMessage]) -> Self {
        self.consumed.extend(messages.iter().map(|m| m.id));
        self
    }

    fn next(mut self, name: &str, version: &str, messages: Vec<Event>) -> Self {
        self.next = Some(NextExecution { name: name.into(), version: version.into(), messages });
        self
    }
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
