//! A generated population for the cases about queries, and the plain reading of a query.

use durable_core::store::{
    InstanceFilter, InstanceQuery, InstanceRecord, Lease, NewInstance, Ownership, QueryOrder, Status, StatusSet,
    Subject, TimeRange,
};
use durable_core::{InstanceKey, Tags, Timestamp};

use super::fixture::{CommitExt, Hub, at, commit, id, owned, parked, turn, update};
use crate::sim::Rng;

/// Beginnings of ids: some begin others, some hold what is special in SQL, some end where characters do.
pub(super) const PREFIXES: [&str; 16] = [
    "a",
    "a%",
    "a_",
    "A",
    "a'",
    "a\"b",
    "ab",
    "a-",
    "é",
    "e\u{301}",
    "🦀",
    "\u{10ffff}",
    "\u{10ffff}\u{10ffff}",
    "a\u{10ffff}",
    "\u{d7ff}",
    "\u{e000}",
];
pub(super) const NAMES: [&str; 4] = ["f", "F", "", "it's %_"];
pub(super) const VERSIONS: [&str; 3] = ["", "1", "2 --"];
pub(super) const TAG_NAMES: [&str; 4] = ["customer", "Customer", "a'b", "\u{10ffff}"];
pub(super) const TAG_VALUES: [&str; 5] = ["", "1", "it's", "%", "\u{10ffff}"];
/// Few moments, so that many instances share each.
const MOMENTS: i64 = 12;

pub(super) fn moment(rng: &mut Rng) -> Timestamp {
    at(i64::try_from(rng.below(MOMENTS as u64)).unwrap_or(0) - 2)
}

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    from[rng.index(from.len())]
}

pub(super) struct Population {
    pub(super) lease: Lease,
    /// All rows, in order of key.
    pub(super) all: Vec<InstanceRecord>,
}

impl Population {
    /// Instances of every status, half of them changed after their start.
    pub(super) async fn grow(hub: &Hub, rng: &mut Rng, size: usize) -> Self {
        let lease = hub.worker("w").await;
        let mut starts = Vec::new();
        for n in 0..size {
            let status = Status::ALL[rng.index(Status::ALL.len())];
            let name = id(&format!("{}{n}{}", pick(rng, &PREFIXES), if n % 3 == 0 { "\u{10ffff}" } else { "" }));
            let owner = (status != Status::Pending).then_some(lease);
            let new = NewInstance {
                owner,
                tags: draw_tags(rng),
                ..NewInstance::new(name, pick(rng, &NAMES), pick(rng, &VERSIONS))
            };
            let mut start = commit(Subject::New(new)).at(moment(rng));
            if owner.is_some() {
                start = start.turn(0, turn(0, 1));
                start.update = changed_to(status);
            }
            starts.push(start);
        }
        hub.batch(starts).await;
        let rows = hub.store.instances(InstanceKey(0), size + 1).await.expect("instances can be listed");
        // What has an owner can change later than it was started.
        let running = rows.iter().filter(|r| r.owner.is_some());
        let changes = running.map(|r| {
            let later = r.created_at.max(moment(rng));
            owned(lease, r.key).update(update(Status::Running, Ownership::Keep)).at(later)
        });
        hub.batch(changes.collect()).await;
        let all = hub.store.instances(InstanceKey(0), size + 1).await.expect("instances can be listed");
        assert_eq!(all.len(), size);
        Self { lease, all }
    }

    /// What a query should find, all of it.
    pub(super) fn expected(&self, filter: &InstanceFilter, descending: bool) -> Vec<&InstanceRecord> {
        let mut found: Vec<&InstanceRecord> = self.all.iter().filter(|r| is_in(filter, r)).collect();
        match filter.order() {
            QueryOrder::Id => found.sort_by(|a, b| a.id.as_str().as_bytes().cmp(b.id.as_str().as_bytes())),
            QueryOrder::Created => found.sort_by_key(|r| (r.created_at, r.key)),
            QueryOrder::Updated => found.sort_by_key(|r| (r.updated_at, r.key)),
        }
        if descending {
            found.reverse();
        }
        found
    }

    /// Counts and pages of a query are what they should be.
    pub(super) async fn check(&self, hub: &Hub, filter: &InstanceFilter, limit: usize) {
        let expected = self.expected(filter, false);
        let mut counted = hub.store.count(filter.clone()).await.expect("instances can be counted");
        counted.sort();
        let recount = |s: Status| (s, expected.iter().filter(|r| r.status == s).count() as u64);
        let recount: Vec<_> = Status::ALL.into_iter().map(recount).filter(|(_, n)| *n > 0).collect();
        assert_eq!(counted, sorted(recount), "the count of {filter:?}");
        for descending in [false, true] {
            let expected = self.expected(filter, descending);
            let found = hub.pages(filter, descending, limit).await;
            let ids = |all: &[&InstanceRecord]| all.iter().map(|r| r.id.to_string()).collect::<Vec<_>>();
            let what = format!("{filter:?}, descending: {descending}, pages of {limit}");
            assert_eq!(ids(&found.iter().collect::<Vec<_>>()), ids(&expected), "{what}");
            assert!(found.iter().eq(expected), "{what}");
        }
    }
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort();
    all
}

impl Hub {
    /// All pages of a query, one after the other.
    pub(super) async fn pages(&self, filter: &InstanceFilter, descending: bool, limit: usize) -> Vec<InstanceRecord> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let query = InstanceQuery { filter: filter.clone(), descending, after, limit };
            let page = self.store.query(query).await.expect("a query works");
            assert!(page.instances.len() <= limit, "a page of {} instances, not {limit}", page.instances.len());
            // What says that there is more says so on a full page.
            assert!(page.next.is_none() || page.instances.len() == limit, "a page that goes on is not full");
            found.extend(page.instances);
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    }
}

fn changed_to(status: Status) -> Option<durable_core::store::InstanceUpdate> {
    match status {
        Status::Pending | Status::Running => None,
        Status::Parked => Some(parked("no code")),
        other => Some(update(other, Ownership::Release { wake_at: None })),
    }
}

fn draw_tags(rng: &mut Rng) -> Tags {
    let mut tags = Tags::default();
    for name in TAG_NAMES {
        if rng.chance(500) {
            tags.insert(name, pick(rng, &TAG_VALUES)).expect("the cases use valid tags");
        }
    }
    tags
}

/// The filter, read as it is written.
fn is_in(f: &InstanceFilter, r: &InstanceRecord) -> bool {
    let within = |range: &TimeRange, at: Timestamp| {
        range.from.is_none_or(|from| from <= at) && range.to.is_none_or(|to| at < to)
    };
    let has = |tags: &Tags, name: &str, value: &str| tags.iter().any(|tag| tag == (name, value));
    f.statuses.iter().any(|s| s == r.status)
        && f.name.as_deref().unwrap_or(&r.name) == r.name
        && f.version.as_deref().unwrap_or(&r.version) == r.version
        && f.tags.iter().all(|(name, value)| has(&r.tags, name, value))
        && r.id.as_str().as_bytes().starts_with(f.id_prefix.as_deref().unwrap_or_default().as_bytes())
        && within(&f.created, r.created_at)
        && within(&f.updated, r.updated_at)
}

/// A filter with those conditions whose bit is set.
pub(super) fn draw_filter(rng: &mut Rng, shape: u32) -> InstanceFilter {
    let mut filter = InstanceFilter::default();
    let asks = |bit: u32| shape & (1 << bit) != 0;
    if asks(0) {
        filter.statuses = match rng.below(4) {
            0 => StatusSet::FINISHED,
            1 => StatusSet::UNFINISHED,
            2 => StatusSet::of(&[Status::Failed, Status::Parked, Status::Pending]),
            _ => Status::ALL[rng.index(Status::ALL.len())].into(),
        };
    }
    filter.name = asks(1).then(|| pick(rng, &NAMES).into());
    filter.version = asks(2).then(|| pick(rng, &VERSIONS).into());
    if asks(3) {
        for _ in 0..rng.between(1, 2) {
            filter.tags.push((pick(rng, &TAG_NAMES).into(), pick(rng, &TAG_VALUES).into()));
        }
    }
    filter.id_prefix = asks(4).then(|| pick(rng, &PREFIXES).into());
    if asks(5) {
        filter.created = draw_range(rng);
    }
    if asks(6) {
        filter.updated = draw_range(rng);
    }
    filter
}

/// Open at one end, or at none.
fn draw_range(rng: &mut Rng) -> TimeRange {
    let (from, to) = (moment(rng), moment(rng));
    match rng.below(3) {
        0 => TimeRange { from: Some(from), to: None },
        1 => TimeRange { from: None, to: Some(to) },
        _ => TimeRange { from: Some(from.min(to)), to: Some(to.max(from)) },
    }
}
