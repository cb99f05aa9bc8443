//! Finding instances: filters, pages, counts.

mod page;
mod token;

pub use page::{Counts, InstanceSummary, Instances, Page};
pub use token::{InvalidPageToken, PageToken};

use super::{Client, ClientError, PurgeWhere};
use crate::limits::QUERY_PAGE_MAX;
use crate::store::{InstanceFilter, InstanceQuery, QueryOrder, Status, StatusSet};
use crate::tags::Tags;
use crate::time::Timestamp;

/// Instances in a page unless told otherwise.
const PAGE_SIZE_DEFAULT: usize = 100;

impl Client {
    /// Begins to ask for instances; everything that is named must hold.
    ///
    /// ```
    /// # use durable_core::client::{Client, ClientError};
    /// use durable_core::store::{MemoryStore, Status};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let client = Client::new(MemoryStore::new());
    /// for n in 0..3 {
    ///     client.start_by_name("checkout", &n).instance_id(format!("order-{n}")).await?;
    /// }
    /// let query = client.query().name("checkout").status(Status::Pending).page_size(2);
    /// let first = query.clone().page().await?;
    /// assert_eq!(first.instances.len(), 2);
    /// let second = query.after(first.next.unwrap()).page().await?;
    /// assert_eq!((second.instances.len(), second.next), (1, None));
    /// # Ok::<(), ClientError>(()) }).unwrap();
    /// ```
    pub fn query(&self) -> Query {
        Query {
            client: self.clone(),
            filter: InstanceFilter::default(),
            tags: Ok(Vec::new()),
            statuses: None,
            newest_first: None,
            page_size: PAGE_SIZE_DEFAULT,
            after: None,
        }
    }
}

/// A question for instances: what [`Client::query`] returns.
///
/// Pages come newest first, by the time of the start; with a range of the last change, by that
/// time; with an id prefix, in order of id. A page costs the same wherever it is. Instances that
/// are added or change while pages are read may or may not be seen; none is given twice unless its
/// place in the order changes.
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is asked for a page, a count or a purge"]
pub struct Query {
    client: Client,
    filter: InstanceFilter,
    tags: Result<Vec<(String, String)>, crate::InvalidTag>,
    statuses: Option<StatusSet>,
    newest_first: Option<bool>,
    page_size: usize,
    after: Option<PageToken>,
}

impl Query {
    /// In this status. Called several times: in one of these.
    pub fn status(self, status: Status) -> Self {
        self.statuses([status])
    }

    /// In one of these statuses, or of those named before.
    pub fn statuses(mut self, statuses: impl IntoIterator<Item = Status>) -> Self {
        let before = self.statuses.unwrap_or(StatusSet::NONE);
        self.statuses = Some(before.iter().chain(statuses).collect());
        self
    }

    /// Of this orchestrator.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.filter.name = Some(name.into());
        self
    }

    /// Of this version; empty for those without one.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.filter.version = Some(version.into());
        self
    }

    /// With this tag. Called several times: with all of them.
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.tags = self.tags.and_then(|mut tags| {
            Tags::default().insert(&*name, &*value)?;
            tags.push((name, value));
            Ok(tags)
        });
        self
    }

    /// Whose id begins so; every character stands for itself.
    pub fn id_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.filter.id_prefix = Some(prefix.into());
        self
    }

    /// Started at `from` or later, and before `to`.
    pub fn created_between(self, from: Timestamp, to: Timestamp) -> Self {
        self.created_after(from).created_before(to)
    }

    /// Started at this time or later.
    pub fn created_after(mut self, from: Timestamp) -> Self {
        self.filter.created.from = Some(from);
        self
    }

    /// Started before this time.
    pub fn created_before(mut self, to: Timestamp) -> Self {
        self.filter.created.to = Some(to);
        self
    }

    /// Changed last at `from` or later, and before `to`.
    pub fn updated_between(self, from: Timestamp, to: Timestamp) -> Self {
        self.updated_after(from).updated_before(to)
    }

    /// Changed last at this time or later.
    pub fn updated_after(mut self, from: Timestamp) -> Self {
        self.filter.updated.from = Some(from);
        self
    }

    /// Changed last before this time.
    pub fn updated_before(mut self, to: Timestamp) -> Self {
        self.filter.updated.to = Some(to);
        self
    }

    /// The oldest, or the smallest id, first.
    pub fn oldest_first(mut self) -> Self {
        self.newest_first = Some(false);
        self
    }

    /// The newest, or the greatest id, first.
    pub fn newest_first(mut self) -> Self {
        self.newest_first = Some(true);
        self
    }

    /// Instances in a page: 100 unless given, at most [`QUERY_PAGE_MAX`].
    pub fn page_size(mut self, n: usize) -> Self {
        self.page_size = n;
        self
    }

    /// The page behind this one: [`Page::next`] of the same query.
    pub fn after(mut self, token: PageToken) -> Self {
        self.after = Some(token);
        self
    }

    /// A page of them.
    ///
    /// # Errors
    ///
    /// [`ClientError::InvalidQuery`] for a page of no instances, [`ClientError::InvalidTag`],
    /// [`ClientError::OtherQuery`] if the token was given out by another query, and those of the
    /// store.
    pub async fn page(&self) -> Result<Page, ClientError> {
        let filter = self.filter()?;
        if self.page_size == 0 {
            return Err(ClientError::InvalidQuery("a page of 0 instances leads nowhere; ask for at least 1"));
        }
        let descending = self.newest_first.unwrap_or(filter.order() != QueryOrder::Id);
        let of = token::fingerprint(&filter, descending);
        let after = match &self.after {
            Some(token) => Some(token.cursor_of(of).ok_or(ClientError::OtherQuery)?),
            None => None,
        };
        let limit = self.page_size.min(QUERY_PAGE_MAX);
        let page = self.client.store().query(InstanceQuery { filter, descending, after, limit }).await?;
        Ok(Page {
            instances: page.instances.into_iter().map(InstanceSummary::from).collect(),
            next: page.next.map(|cursor| PageToken::new(of, cursor)),
        })
    }

    /// How many there are, by status. Page size and token do not count.
    ///
    /// # Errors
    ///
    /// [`ClientError::InvalidTag`], and those of the store.
    pub async fn count(&self) -> Result<Counts, ClientError> {
        Ok(Counts::new(self.client.store().count(self.filter()?).await?))
    }

    /// All of them, page by page, as they are asked for.
    ///
    /// ```no_run
    /// # use durable_core::client::{Client, ClientError};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let mut orders = client.query().id_prefix("order-").all();
    /// while let Some(order) = orders.next().await? {
    ///     println!("{} {}", order.id, order.status);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn all(self) -> Instances {
        Instances::new(self)
    }

    /// Deletes those that have ended with everything that is kept of them, in transactions of
    /// [`PURGE_BATCH`](crate::limits::PURGE_BATCH) between which running instances go on. Those
    /// that have not ended are left alone, whatever the filter says.
    ///
    /// ```no_run
    /// # use std::time::{Duration, SystemTime};
    /// # use durable_core::client::{Client, ClientError};
    /// # use durable_core::store::Status;
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let a_week_ago = SystemTime::now() - Duration::from_secs(7 * 24 * 3600);
    /// let report = client.query().status(Status::Completed).updated_before(a_week_ago.into()).purge().await?;
    /// println!("{} are gone", report.purged);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::NothingToPurge`] if the filter asks for none that has ended,
    /// [`ClientError::InvalidTag`], and those of the store: what was purged before stays purged.
    pub fn purge(self) -> PurgeWhere {
        PurgeWhere { filter: self.filter(), client: self.client, at_most: u64::MAX }
    }

    fn filter(&self) -> Result<InstanceFilter, ClientError> {
        let tags = self.tags.clone()?;
        let statuses = self.statuses.unwrap_or(StatusSet::ALL);
        Ok(InstanceFilter { tags, statuses, ..self.filter.clone() })
    }
}
