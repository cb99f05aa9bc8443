//! I19: a purge leaves no row anywhere.

use std::collections::BTreeSet;

use durable_core::store::{Store, StoreError};
use durable_core::{ExecutionId, InstanceKey};

use super::{Report, Snapshot};

/// Keys between those of instances that are looked at: each is a call.
const GAPS_MAX: i64 = 1_000;

/// Looks for what a purge of these instances, at these executions, has left behind.
///
/// # Errors
///
/// The store's, if it cannot be read.
pub async fn check_purged(store: &dyn Store, purged: &[(InstanceKey, ExecutionId)]) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let keys: Vec<InstanceKey> = purged.iter().map(|(key, _)| *key).collect();
    for (key, ..) in store.statuses(keys.clone()).await? {
        report.add("I19", None, format!("instance {key} was purged, and is there"));
    }
    for (key, last) in purged {
        let mut left: BTreeSet<ExecutionId> = store.executions(*key).await?.into_iter().collect();
        for execution in (0..=last.0).map(ExecutionId) {
            let is_left = !store.history(*key, execution).await?.is_empty()
                || store.first_turn(*key, execution).await?.is_some()
                || store.last_turn(*key, execution).await?.is_some();
            left.extend(is_left.then_some(execution));
        }
        for execution in left {
            report.add("I19", None, format!("instance {key} was purged, and turns of execution {execution} are there"));
        }
    }
    for message in store.inbox().await?.iter().filter(|m| keys.contains(&m.to)) {
        let what = message.message.type_name();
        report.add("I19", None, format!("instance {} was purged, and {what} waits for it", message.to));
    }
    Ok(report)
}

/// Looks for turns of instances that are not there, among the keys between those that are.
pub(super) async fn check_gaps(store: &dyn Store, snapshot: &Snapshot, report: &mut Report) -> Result<(), StoreError> {
    let there: BTreeSet<i64> = snapshot.instances.iter().map(|i| i.record.key.0).collect();
    let last = there.last().copied().unwrap_or_default();
    for key in ((last - GAPS_MAX).max(0)..last).filter(|key| !there.contains(key)) {
        if !store.executions(InstanceKey(key)).await?.is_empty() {
            report.add("I19", None, format!("there are turns of instance {key}, which is not there"));
        }
    }
    Ok(())
}
