//! Which instances: filters, pages and figures of a task hub.

use serde::{Deserialize, Serialize};

use crate::id::InstanceKey;
use crate::store::record::{InstanceRecord, Status};
use crate::time::Timestamp;

/// A set of [`Status`]es.
///
/// ```
/// use durable_core::store::{Status, StatusSet};
/// let broken = StatusSet::of(&[Status::Failed, Status::Parked]);
/// assert!(broken.contains(Status::Failed));
/// assert!(StatusSet::FINISHED.contains(Status::Completed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatusSet(u8);

impl StatusSet {
    /// No status.
    pub const NONE: StatusSet = StatusSet(0);
    /// Every status.
    pub const ALL: StatusSet = StatusSet::of(&Status::ALL);
    /// Those that an instance ends in.
    pub const FINISHED: StatusSet = StatusSet::of(&[Status::Completed, Status::Failed, Status::Terminated]);
    /// All others.
    pub const UNFINISHED: StatusSet =
        StatusSet::of(&[Status::Pending, Status::Running, Status::Suspended, Status::Parked]);

    /// The set of these.
    pub const fn of(statuses: &[Status]) -> Self {
        let (mut bits, mut n) = (0, 0);
        while n < statuses.len() {
            bits |= 1 << statuses[n] as u8;
            n += 1;
        }
        Self(bits)
    }

    /// Whether this status is in it.
    pub fn contains(self, status: Status) -> bool {
        self.0 & Self::of(&[status]).0 != 0
    }

    /// Its statuses, in the order of [`Status::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Status> {
        Status::ALL.into_iter().filter(move |s| self.contains(*s))
    }

    /// Those that are in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl From<Status> for StatusSet {
    fn from(status: Status) -> Self {
        Self::of(&[status])
    }
}

impl FromIterator<Status> for StatusSet {
    fn from_iter<I: IntoIterator<Item = Status>>(statuses: I) -> Self {
        statuses.into_iter().fold(Self::NONE, |set, s| Self(set.0 | Self::of(&[s]).0))
    }
}

/// A range of time: from (included) to (not included), each open if `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// Not before this.
    pub from: Option<Timestamp>,
    /// Before this.
    pub to: Option<Timestamp>,
}

impl TimeRange {
    /// Whether it leaves everything in.
    pub fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// Whether a moment is in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}

/// Which instances; all that is named must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceFilter {
    /// In one of these.
    pub statuses: StatusSet,
    /// Of this orchestrator.
    pub name: Option<String>,
    /// Of this version.
    pub version: Option<String>,
    /// With all of these tags.
    pub tags: Vec<(String, String)>,
    /// Whose id begins so; every character stands for itself.
    pub id_prefix: Option<String>,
    /// Started in this range.
    pub created: TimeRange,
    /// Changed last in this range.
    pub updated: TimeRange,
}

impl Default for InstanceFilter {
    fn default() -> Self {
        Self {
            statuses: StatusSet::ALL,
            name: None,
            version: None,
            tags: Vec::new(),
            id_prefix: None,
            created: TimeRange::default(),
            updated: TimeRange::default(),
        }
    }
}

/// What the pages of a query are in the order of. It follows from the filter, so that every
/// query walks along an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum QueryOrder {
    /// By id, if the filter has a prefix of it.
    Id,
    /// By the time of the last change, if the filter has a range of it.
    Updated,
    /// By the time of the start, else.
    Created,
}

impl InstanceFilter {
    /// In which order its instances come.
    pub fn order(&self) -> QueryOrder {
        match (&self.id_prefix, self.updated.is_open()) {
            (Some(_), _) => QueryOrder::Id,
            (None, false) => QueryOrder::Updated,
            (None, true) => QueryOrder::Created,
        }
    }

    /// Whether an instance is one of them.
    pub fn matches(&self, r: &InstanceRecord) -> bool {
        self.statuses.contains(r.status)
            && self.name.as_ref().is_none_or(|name| *name == r.name)
            && self.version.as_ref().is_none_or(|version| *version == r.version)
            && self.tags.iter().all(|(name, value)| r.tags.get(name) == Some(value.as_str()))
            && self.id_prefix.as_ref().is_none_or(|prefix| r.id.as_str().starts_with(prefix.as_str()))
            && self.created.contains(r.created_at)
            && self.updated.contains(r.updated_at)
    }
}

/// Where a page ended: the next one begins behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cursor {
    /// Behind this instance, in order of [`QueryOrder::Created`] or [`QueryOrder::Updated`]; equal
    /// times are in order of key.
    Time(Timestamp, InstanceKey),
    /// Behind this id.
    Id(String),
}

/// A question for a page of instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceQuery {
    /// Which.
    pub filter: InstanceFilter,
    /// The latest, or the greatest id, first.
    pub descending: bool,
    /// Behind this; from the beginning if `None`.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: usize,
}

impl InstanceQuery {
    /// The cursor behind an instance.
    pub fn cursor(&self, r: &InstanceRecord) -> Cursor {
        match self.filter.order() {
            QueryOrder::Id => Cursor::Id(r.id.to_string()),
            QueryOrder::Updated => Cursor::Time(r.updated_at, r.key),
            QueryOrder::Created => Cursor::Time(r.created_at, r.key),
        }
    }
}

/// A page of instances.
#[derive(Clone, Debug, PartialEq)]
pub struct InstancePage {
    /// They, in the query's order.
    pub instances: Vec<InstanceRecord>,
    /// Where the next page begins; `None` if there is nothing behind this one.
    pub next: Option<Cursor>,
}

/// Figures of a task hub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStatistics {
    /// How many instances are in each status; those without any are left out.
    pub by_status: Vec<(Status, u64)>,
    /// Instances that could run now and have no worker.
    pub ready: u64,
    /// Since when the one that has waited longest for a worker could run.
    pub oldest_ready: Option<Timestamp>,
    /// Messages that no turn has consumed.
    pub inbox: u64,
    /// Workers that are entered and not fenced.
    pub workers: u64,
    /// Request ids that are remembered.
    pub requests: u64,
    /// Size of the database in bytes, where it is a file.
    pub database_bytes: Option<u64>,
    /// Of these, free for new rows.
    pub free_bytes: Option<u64>,
    /// Size of the write-ahead log in bytes, where there is one.
    pub wal_bytes: Option<u64>,
}

impl StoreStatistics {
    /// How many instances there are.
    pub fn instances(&self) -> u64 {
        self.by_status.iter().map(|(_, n)| n).sum()
    }

    /// How many are in this status.
    pub fn count(&self, status: Status) -> u64 {
        self.by_status.iter().find(|(s, _)| *s == status).map_or(0, |(_, n)| *n)
    }
}
