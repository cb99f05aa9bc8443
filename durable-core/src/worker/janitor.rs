//! Cleans up behind finished work: old instances, if the worker was told to, and old request ids.

use std::sync::Arc;
use std::time::Duration;

use crate::limits::{PURGE_BATCH, REQUEST_RETENTION};
use crate::store::{InstanceFilter, InstanceQuery, StatusSet, Store, StoreError, TimeRange};
use crate::time::Timestamp;
use crate::worker::env::Env;

/// Which finished instances a worker deletes by itself.
///
/// ```
/// use std::time::Duration;
/// use durable_core::store::{Status, StatusSet};
/// use durable_core::worker::AutoPurge;
/// let rules = [
///     AutoPurge::older_than(Duration::from_secs(7 * 24 * 3600)).statuses(Status::Completed.into()),
///     AutoPurge::older_than(Duration::from_secs(90 * 24 * 3600)),
/// ];
/// # let _ = rules;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoPurge {
    age: Duration,
    statuses: StatusSet,
}

impl AutoPurge {
    /// Instances that ended so long ago, however they ended.
    pub fn older_than(age: Duration) -> Self {
        Self { age, statuses: StatusSet::FINISHED }
    }

    /// Only those that ended so.
    #[must_use]
    pub fn statuses(mut self, statuses: StatusSet) -> Self {
        self.statuses = statuses.intersection(StatusSet::FINISHED);
        self
    }
}

pub(crate) struct Janitor {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) env: Arc<dyn Env>,
    pub(crate) rules: Vec<AutoPurge>,
    pub(crate) interval: Duration,
}

impl Janitor {
    /// Runs until the store is closed.
    pub(crate) async fn run(self) {
        loop {
            match self.clean().await {
                Err(StoreError::Closed) => return,
                // It is tried again after the interval; the worker's own calls report the store.
                Err(e) => tracing::debug!(error = %e, "old instances could not be purged"),
                Ok(0) => {}
                Ok(purged) => tracing::info!(purged, "old instances were purged"),
            }
            // Of several workers each takes its part at another time.
            let part = u32::try_from(self.env.random() % 1_000).unwrap_or_default();
            tokio::time::sleep(self.interval / 2 + self.interval * part / 1_000).await;
        }
    }

    async fn clean(&self) -> Result<u64, StoreError> {
        let now = self.env.now();
        let forgotten = ago(now, REQUEST_RETENTION);
        while self.store.forget_requests(forgotten, PURGE_BATCH).await? >= PURGE_BATCH as u64 {}
        let mut purged = 0;
        for rule in &self.rules {
            purged += self.purge(rule, ago(now, rule.age)).await?;
        }
        Ok(purged)
    }

    /// Batch by batch: turns of running instances are committed in between.
    async fn purge(&self, rule: &AutoPurge, before: Timestamp) -> Result<u64, StoreError> {
        let updated = TimeRange { from: None, to: Some(before) };
        let filter = InstanceFilter { statuses: rule.statuses, updated, ..InstanceFilter::default() };
        let mut purged = 0;
        loop {
            let query = InstanceQuery { filter: filter.clone(), descending: false, after: None, limit: PURGE_BATCH };
            let page = self.store.query(query).await?;
            let old: Vec<_> = page.instances.iter().map(|r| (r.key, r.execution)).collect();
            if old.is_empty() {
                return Ok(purged);
            }
            let batch = self.store.purge(old).await?;
            purged += batch;
            // Others may have been at the same ones, or they were started again: the next look tells.
            if page.next.is_none() || batch == 0 {
                return Ok(purged);
            }
        }
    }
}

/// The moment so long before, or the earliest there is.
fn ago(now: Timestamp, age: Duration) -> Timestamp {
    let micros = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_unix_micros(now.unix_micros().saturating_sub(micros))
}
