//! Queries: whatever the filter, the same pages and counts as in memory; and the figures.

use std::collections::BTreeMap;

use durable_core::store::{
    Commit, Cursor, Delivery, InstanceFilter, InstanceQuery, InstanceRecord, InstanceUpdate, MemoryStore, NewInstance,
    Ownership, Recipient, Request, Status, StatusSet, Store, Subject, TimeRange, TurnWrite,
};
use durable_core::{ExecutionId, InstanceId, InstanceKey, RequestId, Tags};

use crate::{at, message, open, place, turn, wait, worker};

/// xorshift: a seed is a run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(3) == 0).then(|| value(self))
    }

    fn range(&mut self) -> TimeRange {
        let from = self.maybe(|r| at(r.below(30) as i64));
        TimeRange { from, to: self.maybe(|r| at(r.below(30) as i64)) }
    }
}

const IDS: [&str; 8] = ["a", "a%", "a_b", "A", "ab", "größe", "a\u{10ffff}", "\u{10ffff}"];
const NAMES: [&str; 4] = ["", "f", "f'; --", "ship"];
const VERSIONS: [&str; 3] = ["", "1", "2"];
const VALUES: [&str; 4] = ["", "red", "a \"b\" \\ c", "größe '"];

/// Hundreds of instances of every kind, many of them at the same time.
fn fill(store: &dyn Store, lease: durable_core::store::Lease) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let commits = (0..600).map(|n| {
        let id = InstanceId::new(format!("{}{n}", random.of(&IDS))).unwrap();
        let mut tags = Tags::default();
        for name in ["colour", "customer"] {
            if random.below(2) == 0 {
                tags.insert(name, random.of(&VALUES)).unwrap();
            }
        }
        let new = NewInstance { tags, ..NewInstance::new(id, random.of(&NAMES), random.of(&VERSIONS)) };
        let owner = (random.below(4) > 0).then_some(lease);
        let status = random.of(&Status::ALL[1..]);
        let ownership = Ownership::Release { wake_at: None };
        let update =
            InstanceUpdate { status, ownership, parked_reason: None, crashes: 0, custom_status: None, mark: None };
        let turn = owner.map(|_| TurnWrite { execution: ExecutionId(0), packed: turn(0, 1) });
        let subject = Subject::New(NewInstance { owner, ..new });
        Commit { turn, update: owner.map(|_| update), ..Commit::new(subject, at(random.below(30) as i64)) }
    });
    wait(store.commit(commits.collect())).unwrap();
    // Times of the last change that differ from those of the start.
    let wakes = wait(store.instances(InstanceKey(0), 1_000)).unwrap();
    let parked = wakes.into_iter().filter(|r| r.status == Status::Parked);
    let commits =
        parked.map(|r| Commit::new(Subject::Existing { id: r.id, unpark: r.key.0 % 2 == 0 }, at(r.key.0 % 30)));
    wait(store.commit(commits.collect())).unwrap();
}

fn filter(random: &mut Random) -> InstanceFilter {
    let statuses = match random.below(4) {
        0 => StatusSet::ALL,
        1 => random.of(&Status::ALL).into(),
        2 => StatusSet::FINISHED,
        _ => Status::ALL.into_iter().filter(|_| random.below(2) == 0).collect(),
    };
    let tag = |random: &mut Random, name: &str| random.maybe(|r| (name.to_owned(), r.of(&VALUES).to_owned()));
    let tags = ["colour", "customer", "none"].into_iter().filter_map(|name| tag(random, name)).collect();
    InstanceFilter {
        statuses,
        name: random.maybe(|r| r.of(&NAMES).to_owned()),
        version: random.maybe(|r| r.of(&VERSIONS).to_owned()),
        tags,
        id_prefix: random.maybe(|r| r.of(&["", "a", "a%", "a_", "\u{10ffff}", "z"]).to_owned()),
        created: random.range(),
        updated: random.maybe(Random::range).unwrap_or_default(),
    }
}

fn ids(page: &[InstanceRecord]) -> Vec<&str> {
    page.iter().map(|r| r.id.as_str()).collect()
}

#[test]
fn every_page_and_count_is_as_in_memory() {
    let (_dir, path) = place();
    let (memory, sqlite) = (MemoryStore::new(), open(&path));
    let info = durable_core::store::WorkerInfo {
        name: "w".into(),
        offers: vec![],
        lease_duration: std::time::Duration::from_secs(30),
    };
    let lease = wait(memory.register_worker(info, at(0))).unwrap();
    assert_eq!(worker(&sqlite), lease);
    fill(&memory, lease);
    fill(&sqlite, lease);
    let mut random = Random(7);
    let (mut pages, mut found) = (0, 0);
    for _ in 0..400 {
        let filter = filter(&mut random);
        let counted = wait(sqlite.count(filter.clone())).unwrap();
        assert_eq!(counted, wait(memory.count(filter.clone())).unwrap(), "{filter:?}");
        let descending = random.below(2) == 0;
        let limit = random.of(&[1, 7, 50, 1_000]);
        let after = random.maybe(|r| match r.below(2) {
            0 => Cursor::Id(format!("{}{}", filter.id_prefix.as_deref().unwrap_or_default(), r.below(600))),
            _ => Cursor::Time(at(r.below(30) as i64), InstanceKey(r.below(600) as i64)),
        });
        let mut query = InstanceQuery { filter, descending, after, limit };
        for _ in 0..12 {
            let mine = wait(memory.query(query.clone())).unwrap();
            let theirs = wait(sqlite.query(query.clone())).unwrap();
            assert_eq!(ids(&mine.instances), ids(&theirs.instances), "{query:?}");
            assert_eq!(mine.next, theirs.next, "{query:?}");
            assert!(theirs.instances.iter().all(|r| query.filter.matches(r)), "{query:?}");
            (pages, found) = (pages + 1, found + theirs.instances.len());
            match theirs.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
    }
    assert!(pages > 600 && found > 2_000, "{pages} pages, {found} instances: hardly anything was asked for");
    let nothing = InstanceQuery { filter: InstanceFilter::default(), descending: false, after: None, limit: 0 };
    assert_eq!(
        wait(sqlite.query(nothing)).unwrap(),
        durable_core::store::InstancePage { instances: vec![], next: None }
    );
}

/// More names than one statement has walks for.
#[test]
fn many_names_make_no_difference() {
    let (_dir, path) = place();
    let store = open(&path);
    let new = |n: usize| {
        let id = InstanceId::new(format!("i{n}")).unwrap();
        Commit::new(Subject::New(NewInstance::new(id, format!("name {}", n % 300), "")), at(n as i64))
    };
    wait(store.commit((0..900).map(new).collect())).unwrap();
    let mut query = InstanceQuery { filter: InstanceFilter::default(), descending: true, after: None, limit: 400 };
    let mut all = Vec::new();
    loop {
        let page = wait(store.query(query.clone())).unwrap();
        all.extend(page.instances.into_iter().map(|r| r.created_at));
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    assert_eq!(all, (0..900).rev().map(at).collect::<Vec<_>>());
    let one = InstanceFilter { name: Some("name 7".into()), ..InstanceFilter::default() };
    assert_eq!(wait(store.count(one)).unwrap(), [(Status::Pending, 3)]);
}

#[test]
fn the_figures_are_those_of_memory_and_the_file() {
    let (_dir, path) = place();
    let (memory, sqlite) = (MemoryStore::new(), open(&path));
    let info = durable_core::store::WorkerInfo {
        name: "w".into(),
        offers: vec![],
        lease_duration: std::time::Duration::from_secs(30),
    };
    let lease = wait(memory.register_worker(info, at(0))).unwrap();
    worker(&sqlite);
    for store in [&memory as &dyn Store, &sqlite] {
        fill(store, lease);
        let id = InstanceId::new("one more").unwrap();
        let deliveries = vec![Delivery { to: Recipient::Subject, message: message(1) }];
        let request = Some(Request { id: RequestId::new("r").unwrap(), operation: "start".into() });
        let commit = Commit::new(Subject::New(NewInstance::new(id, "f", "")), at(40));
        wait(store.commit(vec![Commit { deliveries, request, ..commit }])).unwrap();
    }
    for seconds in [-1, 7, 29, 50] {
        let mut expected = wait(memory.statistics(at(seconds))).unwrap();
        let found = wait(sqlite.statistics(at(seconds))).unwrap();
        expected.database_bytes = found.database_bytes;
        expected.free_bytes = found.free_bytes;
        expected.wal_bytes = found.wal_bytes;
        assert_eq!(found, expected, "{seconds}");
    }
    let found = wait(sqlite.statistics(at(50))).unwrap();
    assert!(found.ready > 100 && found.requests == 1 && found.inbox == 1 && found.workers == 1, "{found:?}");
    assert!(found.database_bytes.unwrap() > 100_000 && found.wal_bytes.unwrap() > 100_000, "{found:?}");
    assert_eq!(found.free_bytes, Some(0));
    let by_status: BTreeMap<_, _> = found.by_status.iter().copied().collect();
    assert_eq!(by_status.values().sum::<u64>(), 601);
}
