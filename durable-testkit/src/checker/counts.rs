//! I23: what a store counts equals a recount.

use durable_core::store::{InstanceFilter, InstanceQuery, Status, Store, StoreError};
use durable_core::{InstanceKey, Timestamp};

use super::{Report, Snapshot};

/// Pages, about so many, on which all instances are read.
const PAGES: usize = 4;

/// Compares the figures of a store with a recount of what was read from it, at this time.
///
/// # Errors
///
/// The store's, if it cannot be read.
pub async fn check_counts(store: &dyn Store, snapshot: &Snapshot, now: Timestamp) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let mut wrong = |of: &str, says: String, recount: String| {
        if says != recount {
            report.add("I23", None, format!("{of}: the store says {says}, a recount {recount}"));
        }
    };
    let records = || snapshot.instances.iter().map(|i| &i.record);
    let recount = |s: Status| (s, records().filter(|r| r.status == s).count() as u64);
    let recount: Vec<_> = Status::ALL.into_iter().map(recount).filter(|(_, n)| *n > 0).collect();
    let listed = |mut counts: Vec<(Status, u64)>| {
        counts.sort();
        format!("{counts:?}")
    };
    let statistics = store.statistics(now).await?;
    wrong("instances by status", listed(statistics.by_status), listed(recount.clone()));
    wrong("`count`", listed(store.count(InstanceFilter::default()).await?), listed(recount));
    let waits = records().filter(|r| r.owner.is_none() && !r.status.is_finished() && r.status != Status::Parked);
    let ready = waits.filter_map(|r| r.wake_at).filter(|at| *at <= now);
    wrong("instances that are ready", statistics.ready.to_string(), ready.clone().count().to_string());
    wrong("the oldest of them", format!("{:?}", statistics.oldest_ready), format!("{:?}", ready.min()));
    wrong("messages", statistics.inbox.to_string(), snapshot.inbox.len().to_string());
    let workers = snapshot.workers.iter().filter(|w| !w.fenced).count();
    wrong("workers", statistics.workers.to_string(), workers.to_string());
    wrong("`query`, page by page", format!("{:?}", pages(store, snapshot.instances.len()).await?), {
        let mut keys: Vec<_> = records().map(|r| (r.created_at, r.key)).collect();
        keys.sort();
        format!("{:?}", keys.into_iter().map(|(_, key)| key).collect::<Vec<_>>())
    });
    Ok(report)
}

/// All instances, in order of their start, on a few pages.
async fn pages(store: &dyn Store, instances: usize) -> Result<Vec<InstanceKey>, StoreError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let (filter, limit) = (InstanceFilter::default(), instances / PAGES + 1);
        let page = store.query(InstanceQuery { filter, descending: false, after, limit }).await?;
        found.extend(page.instances.iter().map(|r| r.key));
        after = page.next;
        // More than there are: it goes in a circle.
        if after.is_none() || found.len() > instances + limit {
            return Ok(found);
        }
    }
}
