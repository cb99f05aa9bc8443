//! What a query gives.

use std::collections::VecDeque;

use super::{PageToken, Query};
use crate::client::ClientError;
use crate::id::{ExecutionId, InstanceId};
use crate::payload::Payload;
use crate::store::{InstanceRecord, Status};
use crate::tags::Tags;
use crate::time::Timestamp;

/// An instance as a query tells of it: its row. [`InstanceHandle::status`](crate::client::InstanceHandle::status)
/// tells more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InstanceSummary {
    /// Its id.
    pub id: InstanceId,
    /// Its current execution.
    pub execution: ExecutionId,
    /// The orchestrator's name.
    pub name: String,
    /// The orchestrator's version; empty unless it has one.
    pub version: String,
    /// Where it is in its life.
    pub status: Status,
    /// Its tags.
    pub tags: Tags,
    /// Why it is parked, if it is.
    pub parked_reason: Option<String>,
    /// What is known of it if it is suspected of killing workers, or was given up for that.
    pub suspect: Option<String>,
    /// What its orchestrator last set as its custom status.
    pub custom_status: Option<Payload>,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it was last started, claimed, put to sleep, parked or ended.
    pub updated_at: Timestamp,
    /// While it sleeps: when it wants to be woken.
    pub wake_at: Option<Timestamp>,
}

impl From<InstanceRecord> for InstanceSummary {
    fn from(r: InstanceRecord) -> Self {
        Self {
            id: r.id,
            execution: r.execution,
            name: r.name,
            version: r.version,
            status: r.status,
            tags: r.tags,
            parked_reason: r.parked_reason,
            suspect: r.mark,
            custom_status: r.custom_status,
            created_at: r.created_at,
            updated_at: r.updated_at,
            wake_at: r.wake_at,
        }
    }
}

/// A page of instances.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// They, in the query's order.
    pub instances: Vec<InstanceSummary>,
    /// What [`Query::after`] takes for the next page; `None` if there is nothing behind this one.
    pub next: Option<PageToken>,
}

/// How many instances there are, by status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(Vec<(Status, u64)>);

impl Counts {
    pub(super) fn new(by_status: Vec<(Status, u64)>) -> Self {
        Self(by_status)
    }

    /// In all.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, n)| n).sum()
    }

    /// In this status.
    pub fn of(&self, status: Status) -> u64 {
        self.0.iter().find(|(s, _)| *s == status).map_or(0, |(_, n)| *n)
    }

    /// The statuses that there are any in.
    pub fn iter(&self) -> impl Iterator<Item = (Status, u64)> + '_ {
        self.0.iter().copied()
    }
}

/// The instances of a query, one after the other: what [`Query::all`] returns.
#[derive(Debug)]
pub struct Instances {
    query: Query,
    page: VecDeque<InstanceSummary>,
    is_last: bool,
}

impl Instances {
    pub(super) fn new(query: Query) -> Self {
        Self { query, page: VecDeque::new(), is_last: false }
    }

    /// The next one; `None` behind the last.
    ///
    /// # Errors
    ///
    /// As [`Query::page`].
    pub async fn next(&mut self) -> Result<Option<InstanceSummary>, ClientError> {
        while self.page.is_empty() {
            match self.read().await? {
                Some(instances) => self.page.extend(instances),
                None => return Ok(None),
            }
        }
        Ok(self.page.pop_front())
    }

    /// What is left of the current page, or the next page; `None` behind the last.
    ///
    /// # Errors
    ///
    /// As [`Query::page`].
    pub async fn next_page(&mut self) -> Result<Option<Vec<InstanceSummary>>, ClientError> {
        if self.page.is_empty() { self.read().await } else { Ok(Some(self.page.drain(..).collect())) }
    }

    async fn read(&mut self) -> Result<Option<Vec<InstanceSummary>>, ClientError> {
        if self.is_last {
            return Ok(None);
        }
        let page = self.query.page().await?;
        self.is_last = page.next.is_none();
        self.query.after = page.next;
        Ok(Some(page.instances))
    }
}
