//! Whatever the order within a batch: the same as in memory, commit by commit.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use durable_core::history::Event;
use durable_core::store::{
    Claim, Commit, CommitOutcome, Delivery, InstanceRecord, InstanceUpdate, Lease, MemoryStore, NewInstance,
    NextExecution, Offer, Ownership, Recipient, Request, Status, StatusSet, Store, Subject, TurnWrite, WorkerInfo,
};
use durable_core::{ExecutionId, InstanceId, InstanceKey, Payload, RequestId, Tags};
use durable_sqlite::SqliteStore;

use crate::{at, instance, message, open, place, turn, turn as turn_of, wait};

const IDS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// xorshift: a seed is a run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn id(&mut self) -> InstanceId {
        InstanceId::new(IDS[self.below(IDS.len() as u64) as usize]).unwrap()
    }
}

/// Two stores that are told the same.
struct Both {
    memory: MemoryStore,
    sqlite: SqliteStore,
    random: Random,
    messages: u64,
    now: i64,
}

/// What can be compared: not what nobody may rely on.
fn seen(mut r: InstanceRecord) -> InstanceRecord {
    r.key = InstanceKey(0);
    if r.status.is_finished() || r.status == Status::Parked {
        (r.owner, r.wake_at) = (None, None);
    }
    r
}

impl Both {
    fn message(&mut self) -> Event {
        self.messages += 1;
        message(self.messages)
    }

    fn new_instance(&mut self) -> NewInstance {
        let start_at = self.random.one_in(3).then(|| at(self.now + self.random.below(5) as i64));
        let mut tags = Tags::default();
        if self.random.one_in(3) {
            tags.insert("colour", format!("{}", self.random.below(3))).unwrap();
            tags.insert("a \"quoted\" \\ name", "Größe '").unwrap();
        }
        let history = if self.random.one_in(6) { vec![turn(0, 2), turn(2, 3)] } else { vec![] };
        let replaces = self.statuses();
        NewInstance { id: self.random.id(), start_at, tags, history, replaces, ..instance("a", None) }
    }

    fn statuses(&mut self) -> StatusSet {
        match self.random.below(5) {
            0 => StatusSet::NONE,
            1 => StatusSet::of(&[Status::Failed, Status::Terminated]),
            _ => StatusSet::FINISHED,
        }
    }

    fn delivery(&mut self, rich: bool) -> Delivery {
        let to = match self.random.below(6) {
            0 => Recipient::Subject,
            5 if rich && self.random.one_in(3) => Recipient::Finished { id: self.random.id() },
            1 | 2 => {
                let refused = self.random.one_in(2).then(|| Box::new(self.message()));
                let mut instance = self.new_instance();
                if !rich && !self.random.one_in(8) {
                    instance.id = InstanceId::new(format!("child {}", self.messages)).unwrap();
                    self.messages += 1;
                }
                Recipient::New { instance, refused }
            }
            _ => {
                let execution = self.random.one_in(2).then(|| ExecutionId(self.random.below(3) as u32));
                Recipient::Id { id: self.random.id(), execution }
            }
        };
        Delivery { to, message: self.message() }
    }

    fn update(&mut self) -> InstanceUpdate {
        let sleep = Ownership::Release {
            wake_at: self.random.one_in(2).then(|| at(self.now + self.random.below(9) as i64 - 4)),
        };
        let rest = Ownership::Release { wake_at: None };
        let (status, ownership) = match self.random.below(8) {
            0 => (Status::Completed, rest),
            1 => (Status::Terminated, rest),
            2 => (Status::Failed, rest),
            3 => (Status::Parked, rest),
            4 => (Status::Suspended, Ownership::Keep),
            5 => (Status::Suspended, sleep),
            6 => (Status::Running, Ownership::Keep),
            _ => (Status::Running, sleep),
        };
        let parked_reason = (status == Status::Parked).then(|| "why".into());
        let custom_status = self.random.one_in(2).then(|| Payload::encode(&self.random.below(100)).unwrap());
        let crashes = self.random.below(3) as u32;
        let mark = (crashes > 1).then(|| "alone".into());
        InstanceUpdate { status, ownership, parked_reason, crashes, custom_status, mark }
    }

    /// A batch whose commits mostly apply.
    fn batch(&mut self, lease: Lease, rich: bool) -> Vec<Commit> {
        let mut records: HashMap<InstanceId, (InstanceRecord, u64)> = HashMap::new();
        for r in wait(self.memory.instances(InstanceKey(0), 10_000)).unwrap() {
            let last = wait(self.memory.last_turn(r.key, r.execution)).unwrap();
            records.insert(r.id.clone(), (r, last.map_or(0, |t| t.seq.0 + t.count)));
        }
        let inbox = wait(self.memory.inbox()).unwrap();
        let mut batch = Vec::new();
        let mut used = HashSet::new();
        for _ in 0..=self.random.below(5) {
            self.now += self.random.below(2) as i64;
            let id = self.random.id();
            // The fast path wants one commit per instance, each as it should be.
            if !rich && !used.insert(id.clone()) {
                continue;
            }
            let odd = if rich { 1 } else { 5 };
            let mut now = at(self.now);
            if self.random.one_in(4) {
                now = at(self.now - 3);
            }
            let found = records.get(&id).cloned();
            let (subject, turn, key) = match found {
                Some((r, end)) if r.owner == Some(lease.worker) && !self.random.one_in(6 * odd) => {
                    let count = 1 + self.random.below(3);
                    let off = u64::from(self.random.one_in(12 * odd));
                    let written = TurnWrite { execution: r.execution, packed: turn(end + off, count) };
                    if let Some(known) = records.get_mut(&id) {
                        known.1 += count;
                    }
                    let turn = (!self.random.one_in(5) || !rich).then_some(written);
                    (Subject::Owned { lease, key: r.key }, turn, Some(r.key))
                }
                Some((r, _))
                    if (r.status.is_finished() && (rich || self.random.one_in(3))) || self.random.one_in(4 * odd) =>
                {
                    let owner = self.random.one_in(2).then_some(lease);
                    let execution = ExecutionId(r.execution.0 + u32::from(!self.random.one_in(4)));
                    let written = TurnWrite { execution, packed: turn(0, 2) };
                    let mut new = NewInstance { id, owner, ..self.new_instance() };
                    if owner.is_some() {
                        new.history.clear();
                    }
                    (Subject::New(new), owner.map(|_| written), None)
                }
                Some(_) if rich && self.random.one_in(3) => {
                    (Subject::Finished { id, among: self.statuses() }, None, None)
                }
                Some(_) if rich => (Subject::Existing { id, unpark: self.random.one_in(2) }, None, None),
                Some(_) => continue,
                None => {
                    let owner = self.random.one_in(2).then_some(lease);
                    let written = TurnWrite { execution: ExecutionId(0), packed: turn(0, 2) };
                    let mut new = NewInstance { id, owner, ..self.new_instance() };
                    if owner.is_some() {
                        new.history.clear();
                    }
                    (Subject::New(new), owner.map(|_| written), None)
                }
            };
            let existing = matches!(subject, Subject::Existing { .. } | Subject::Finished { .. });
            let mut commit = Commit { turn, ..Commit::new(subject, now) };
            if !existing && self.random.one_in(2) {
                commit.update = Some(self.update());
            }
            if let Some(key) = key {
                let mine = inbox.iter().filter(|m| m.to == key);
                commit.consumed = mine.filter(|_| self.random.one_in(2)).map(|m| m.id).collect();
                let stays = commit.update.as_ref().is_none_or(|u| !u.status.is_finished());
                if rich && stays && self.random.one_in(4) {
                    let messages = (0..self.random.below(3)).map(|_| self.message()).collect();
                    let name = format!("g{}", self.random.below(3));
                    let history = if self.random.one_in(3) { vec![turn_of(0, 2), turn_of(2, 1)] } else { vec![] };
                    let keeps = self.random.one_in(2);
                    commit.next = Some(NextExecution { name, version: "2".into(), messages, history, keeps });
                }
            }
            if self.random.one_in(if rich { 4 } else { 20 }) {
                let id = RequestId::new(format!("r{}", self.random.below(if rich { 9 } else { 1_000 }))).unwrap();
                commit.request = Some(Request { id, operation: format!("{}", self.random.below(3)) });
            }
            commit.deliveries = (0..self.random.below(3)).map(|_| self.delivery(rich)).collect();
            batch.push(commit);
        }
        batch
    }

    /// The same batch, in SQLite's numbers.
    fn translated(&self, batch: &[Commit]) -> Vec<Commit> {
        let keys = self.keys();
        let ids = self.message_ids();
        let mut batch = batch.to_vec();
        for commit in &mut batch {
            if let Subject::Owned { key, .. } = &mut commit.subject {
                *key = keys[key];
            }
            for id in &mut commit.consumed {
                *id = ids[id];
            }
        }
        batch
    }

    fn keys(&self) -> HashMap<InstanceKey, InstanceKey> {
        let of = |store: &dyn Store| wait(store.instances(InstanceKey(0), 10_000)).unwrap();
        let theirs: HashMap<_, _> = of(&self.sqlite).into_iter().map(|r| (r.id, r.key)).collect();
        of(&self.memory).into_iter().map(|r| (r.key, theirs[&r.id])).collect()
    }

    fn message_ids(&self) -> HashMap<durable_core::MessageId, durable_core::MessageId> {
        let of = |store: &dyn Store| wait(store.inbox()).unwrap().into_iter().map(|m| m.id);
        of(&self.memory).zip(of(&self.sqlite)).collect()
    }

    /// All that an onlooker can see.
    fn look(store: &dyn Store) -> Vec<String> {
        let records = wait(store.instances(InstanceKey(0), 10_000)).unwrap();
        let ids: HashMap<_, _> = records.iter().map(|r| (r.key, r.id.clone())).collect();
        let inbox =
            wait(store.inbox()).unwrap().into_iter().map(|m| format!("to {:?}: {:?}", ids.get(&m.to), m.message));
        let mut all: Vec<String> = records
            .iter()
            .map(|r| {
                let turns = |execution| {
                    let all = wait(store.history(r.key, execution)).unwrap();
                    assert_eq!(wait(store.first_turn(r.key, execution)).unwrap().as_ref(), all.first());
                    assert_eq!(wait(store.last_turn(r.key, execution)).unwrap().as_ref(), all.last());
                    (execution, all.into_iter().map(|t| (t.seq, t.count)).collect::<Vec<_>>())
                };
                let executions = wait(store.executions(r.key)).unwrap();
                let histories: Vec<_> = executions.into_iter().map(turns).collect();
                format!("{:?} {histories:?}", seen(r.clone()))
            })
            .collect();
        all.sort();
        all.extend(inbox);
        all
    }

    fn step(&mut self, lease: Lease, rich: bool) -> String {
        let batch = self.batch(lease, rich);
        let keys_before = self.message_ids();
        assert_eq!(keys_before.len(), wait(self.sqlite.inbox()).unwrap().len());
        let translated = self.translated(&batch);
        let mine = wait(self.memory.commit(batch.clone())).unwrap();
        let theirs = wait(self.sqlite.commit(translated)).unwrap();
        let keys = self.keys();
        let mine: Vec<_> = mine
            .into_iter()
            .map(|outcome| match outcome {
                CommitOutcome::Applied { key, execution } => CommitOutcome::Applied { key: keys[&key], execution },
                CommitOutcome::AlreadyExists { key, execution, status } => {
                    CommitOutcome::AlreadyExists { key: keys[&key], execution, status }
                }
                CommitOutcome::Repeated { operation, id, key, execution } => {
                    // What was asked of an instance that has gone since.
                    let key = keys.get(&key).copied().unwrap_or(InstanceKey(0));
                    CommitOutcome::Repeated { operation, id, key, execution }
                }
                other => other,
            })
            .collect();
        let shown = format!("{batch:#?}\n{mine:?}");
        assert_eq!(mine, theirs, "{shown}");
        assert_eq!(Self::look(&self.memory), Self::look(&self.sqlite), "{shown}");
        shown
    }
}

fn run(seed: u64, steps: u32, rich: bool) -> (u64, u64) {
    let (_dir, path) = place();
    let (memory, sqlite) = (MemoryStore::new(), open(&path));
    let mut both = Both { memory, sqlite, random: Random(seed), messages: 0, now: 0 };
    let offers = vec![Offer { name: "f".into(), version: String::new() }];
    let info = WorkerInfo { name: "w".into(), offers: offers.clone(), lease_duration: Duration::from_secs(30) };
    let lease = wait(both.memory.register_worker(info.clone(), at(0))).unwrap();
    assert_eq!(wait(both.sqlite.register_worker(info, at(0))).unwrap(), lease);
    for _ in 0..steps {
        both.step(lease, rich);
        if both.random.one_in(2) {
            let claim = Claim { lease, offers: offers.clone(), now: at(both.now), limit: 10_000 };
            let mut mine: Vec<_> =
                wait(both.memory.claim(claim.clone())).unwrap().into_iter().map(|c| seen(c.record)).collect();
            let mut theirs: Vec<_> =
                wait(both.sqlite.claim(claim)).unwrap().into_iter().map(|c| seen(c.record)).collect();
            mine.sort_by(|a, b| a.id.cmp(&b.id));
            theirs.sort_by(|a, b| a.id.cmp(&b.id));
            assert_eq!(mine, theirs);
        }
        if both.random.one_in(8) {
            let mine = wait(both.memory.unpark(offers.clone(), at(both.now))).unwrap();
            assert_eq!(wait(both.sqlite.unpark(offers.clone(), at(both.now))).unwrap(), mine);
        }
        assert_eq!(wait(both.memory.next_wake()), wait(both.sqlite.next_wake()));
    }
    let stats = both.sqlite.stats();
    (stats.batches, stats.slow_batches)
}

#[test]
fn any_batch_does_what_its_commits_do_one_by_one() {
    const STEPS: u32 = 120;
    let scale: u64 = std::env::var("ORDER_SEEDS").map_or(12, |n| n.parse().unwrap());
    let (mut batches, mut slow) = (0, 0);
    for seed in 1..=scale {
        let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        eprintln!("seed {seed}");
        // Also with what only the slow path takes left out, so that the fast one has its part.
        for rich in [true, false] {
            let (b, s) = run(seed, STEPS, rich);
            (batches, slow) = (batches + b, slow + s);
        }
    }
    eprintln!("{slow} of {batches} batches took the slow path");
    assert!(slow > batches / 10 && slow < batches * 9 / 10, "{slow} of {batches} were slow: one path was hardly tried");
}
