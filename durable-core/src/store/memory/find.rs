//! Pages, counts and figures.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::hub::Hub;
use crate::id::{InstanceId, InstanceKey};
use crate::store::{
    Cursor, InstanceFilter, InstancePage, InstanceQuery, InstanceRecord, QueryOrder, Status, StoreStatistics,
};
use crate::time::Timestamp;

/// Rows, as an index has them.
type Rows<'a> = Box<dyn Iterator<Item = InstanceKey> + 'a>;

impl Hub {
    pub(super) fn page(&self, query: &InstanceQuery) -> InstancePage {
        let rows = self.behind(query).filter_map(|key| self.instances.get(&key)).map(|i| &i.record);
        let mut found = rows.filter(|r| query.filter.matches(r));
        let instances: Vec<InstanceRecord> = found.by_ref().take(query.limit).cloned().collect();
        let next = instances.last().filter(|_| found.next().is_some()).map(|r| query.cursor(r));
        InstancePage { instances, next }
    }

    /// What comes behind the cursor, in the query's order.
    fn behind(&self, query: &InstanceQuery) -> Rows<'_> {
        let time = |index| match &query.after {
            Some(Cursor::Id(_)) => nothing(),
            Some(Cursor::Time(at, key)) => by_time(index, Some((*at, *key)), query.descending),
            None => by_time(index, None, query.descending),
        };
        match (query.filter.order(), &query.after) {
            (QueryOrder::Created, _) => time(&self.index.created),
            (QueryOrder::Updated, _) => time(&self.index.updated),
            (QueryOrder::Id, Some(Cursor::Time(..))) => nothing(),
            (QueryOrder::Id, Some(Cursor::Id(id))) => self.by_id(query, Some(id)),
            (QueryOrder::Id, None) => self.by_id(query, None),
        }
    }

    fn by_id(&self, query: &InstanceQuery, after: Option<&str>) -> Rows<'_> {
        let prefix = query.filter.id_prefix.as_deref().unwrap_or_default();
        let begin = Bound::Included(InstanceId::from_stored(prefix));
        let after = after.map(|id| Bound::Excluded(InstanceId::from_stored(id)));
        if query.descending {
            let end = after.unwrap_or(Bound::Unbounded);
            return Box::new(self.keys.range((Bound::Unbounded, end)).rev().map(|(_, key)| *key));
        }
        let prefix = prefix.to_owned();
        let rows = self.keys.range((after.unwrap_or(begin), Bound::Unbounded));
        Box::new(rows.take_while(move |(id, _)| id.as_str().starts_with(&prefix)).map(|(_, key)| *key))
    }

    fn matching<'a>(&'a self, filter: &'a InstanceFilter) -> impl Iterator<Item = &'a InstanceRecord> {
        self.instances.values().map(|i| &i.record).filter(|r| filter.matches(r))
    }

    pub(super) fn counts(&self, filter: &InstanceFilter) -> Vec<(Status, u64)> {
        let mut counts = BTreeMap::new();
        for r in self.matching(filter) {
            *counts.entry(r.status).or_insert(0) += 1;
        }
        counts.into_iter().collect()
    }

    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        self.index.waking.values().filter_map(|waking| waking.first()).map(|(at, _)| *at).min()
    }

    pub(super) fn statistics(&self, now: Timestamp) -> StoreStatistics {
        let ready = |(at, _): &&(Timestamp, InstanceKey)| *at <= now;
        StoreStatistics {
            by_status: self.counts(&InstanceFilter::default()),
            ready: self.index.waking.values().map(|waking| waking.iter().take_while(ready).count() as u64).sum(),
            oldest_ready: self.next_wake().filter(|at| *at <= now),
            inbox: self.inbox.len() as u64,
            workers: self.workers.values().filter(|w| !w.record.fenced).count() as u64,
            requests: self.requests.len() as u64,
            ..StoreStatistics::default()
        }
    }
}

/// Along an index of times.
fn by_time(
    index: &std::collections::BTreeSet<(Timestamp, InstanceKey)>,
    after: Option<(Timestamp, InstanceKey)>,
    descending: bool,
) -> Rows<'_> {
    let after = after.map_or(Bound::Unbounded, Bound::Excluded);
    if descending {
        Box::new(index.range((Bound::Unbounded, after)).rev().map(|(_, key)| *key))
    } else {
        Box::new(index.range((after, Bound::Unbounded)).map(|(_, key)| *key))
    }
}

/// Behind a cursor of another query there is nothing.
fn nothing<'a>() -> Rows<'a> {
    Box::new(std::iter::empty())
}
