//! Purging: what has ended is deleted, with everything that is kept of it.

use std::future::IntoFuture;

use super::{Client, ClientError, ClientFuture, InstanceHandle};
use crate::limits::PURGE_BATCH;
use crate::store::{InstanceFilter, InstanceQuery, StatusSet};

impl InstanceHandle {
    /// Deletes it with its history and everything else that is kept of it, but request ids. Its id
    /// is free then. Sub-orchestrations are instances of their own, and stay.
    ///
    /// ```no_run
    /// # use durable_core::client::{Client, ClientError};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// client.instance("order-7").purge().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFinished`] if it has not ended, [`ClientError::NotFound`],
    /// [`ClientError::InvalidId`], and those of the store.
    pub async fn purge(&self) -> Result<(), ClientError> {
        loop {
            let record = self.record().await?;
            if !record.status.is_finished() {
                return Err(ClientError::NotFinished { id: record.id, status: record.status });
            }
            if self.store().purge(vec![(record.key, record.execution)]).await? > 0 {
                return Ok(());
            }
            // It was started again, rewound or purged in between.
        }
    }
}

/// What a purge by filter has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurgeReport {
    /// How many instances are gone.
    pub purged: u64,
    /// In how many transactions.
    pub batches: u64,
}

/// A purge by filter: what [`Query::purge`](super::Query::purge) returns. Await it.
#[must_use = "nothing is purged until it is awaited"]
#[derive(Debug)]
pub struct PurgeWhere {
    pub(super) client: Client,
    pub(super) filter: Result<InstanceFilter, ClientError>,
    pub(super) at_most: u64,
}

impl PurgeWhere {
    /// At most so many, the oldest first (with an id prefix: in order of id).
    pub fn at_most(mut self, n: u64) -> Self {
        self.at_most = n;
        self
    }
}

impl IntoFuture for PurgeWhere {
    type Output = Result<PurgeReport, ClientError>;
    type IntoFuture = ClientFuture<PurgeReport>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut filter = self.filter?;
            filter.statuses = filter.statuses.intersection(StatusSet::FINISHED);
            if filter.statuses == StatusSet::NONE {
                return Err(ClientError::NothingToPurge);
            }
            let mut report = PurgeReport::default();
            let mut after = None;
            loop {
                let left = usize::try_from(self.at_most - report.purged).unwrap_or(usize::MAX);
                let limit = left.min(PURGE_BATCH);
                if limit == 0 {
                    return Ok(report);
                }
                let query = InstanceQuery { filter: filter.clone(), descending: false, after, limit };
                let page = self.client.store().query(query).await?;
                if !page.instances.is_empty() {
                    let batch = page.instances.iter().map(|r| (r.key, r.execution)).collect();
                    report.purged += self.client.store().purge(batch).await?;
                    report.batches += 1;
                }
                after = page.next;
                if after.is_none() {
                    return Ok(report);
                }
                // Turns of running instances are committed between two batches.
                tokio::task::yield_now().await;
            }
        })
    }
}
