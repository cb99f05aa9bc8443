//! The client: start orchestrations, see them, wait for them, steer them, repair and clean up.

mod by_name;
mod checks;
mod control;
mod error;
mod group_commit;
mod handle;
mod purge;
mod query;
mod repair;
mod restart;
mod run;
mod start;
mod status;
mod wait;
mod waiters;
mod waiting;

pub use by_name::{StartByName, Untyped};
pub use control::{Control, Raise};
pub use error::{ClientError, RunError};
pub use handle::InstanceHandle;
pub use purge::{PurgeReport, PurgeWhere};
pub use query::{Counts, InstanceSummary, Instances, InvalidPageToken, Page, PageToken, Query};
pub use repair::{Discard, Retry, Rewind};
pub use restart::{Fork, Restart};
pub use run::Run;
pub use status::InstanceStatus;
pub use waiting::WaitingFor;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::history::Event;
use crate::id::{InstanceId, WorkerId};
use crate::store::{
    Commit, CommitOutcome, Delivery, Offer, Recipient, Request, Store, StoreError, StoreStatistics, Subject,
};
use crate::time::Timestamp;
use crate::trace::TraceContext;
use crate::worker::{Env, Input, Inputs, IntoStore, SystemEnv};
use group_commit::GroupCommit;
use waiters::Waiters;

/// What a client's builders become when they are awaited.
pub type ClientFuture<T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send>>;

/// Starts orchestrations and looks after them.
///
/// A client made by [`Worker::client`](crate::worker::Worker::client) hands what it starts straight to that
/// worker. One made by [`Client::new`], in this process or another, puts it into the store, and
/// a worker takes it from there. Cheap to clone.
///
/// ```
/// use durable_core::client::{Client, ClientError};
/// use durable_core::store::MemoryStore;
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
/// # runtime.block_on(async {
/// let client = Client::new(MemoryStore::new());
/// let run = client.start_by_name("checkout", &("order-7", 3)).tag("customer", "42").await?;
/// assert_eq!(run.status().await?.status.as_str(), "Pending", "no worker is there yet");
/// assert_eq!(client.query().tag("customer", "42").count().await?.total(), 1);
/// # Ok::<(), ClientError>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    trace_source: Option<Arc<TraceSource>>,
}

type TraceSource = dyn Fn() -> Option<TraceContext> + Send + Sync;

struct Inner {
    store: Arc<dyn Store>,
    env: Arc<dyn Env>,
    worker: Option<Inputs>,
    waiters: Arc<Waiters>,
    commits: GroupCommit,
}

/// A worker that is there, as [`Client::workers`] tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerStatus {
    /// Its number.
    pub id: WorkerId,
    /// Its name for humans.
    pub name: String,
    /// The orchestrators that it can run, with their versions.
    pub offers: Vec<Offer>,
    /// When its lease runs out, unless it is renewed.
    pub lease_until: Timestamp,
}

impl Client {
    /// A client on a store, without a worker of its own.
    pub fn new(store: impl IntoStore) -> Self {
        Self::make(store.into_store(), Arc::new(SystemEnv), None)
    }

    pub(crate) fn of_worker(store: Arc<dyn Store>, env: Arc<dyn Env>, worker: Inputs) -> Self {
        Self::make(store, env, Some(worker))
    }

    fn make(store: Arc<dyn Store>, env: Arc<dyn Env>, worker: Option<Inputs>) -> Self {
        let waiters = Waiters::new(store.clone());
        let commits = GroupCommit::new(store.clone());
        Self { inner: Arc::new(Inner { commits, store, env, worker, waiters }), trace_source: None }
    }

    /// The same client, asking this for the W3C trace context of each start that is given none: the
    /// current span of an OpenTelemetry user. The instance and all that it calls belong to that
    /// trace.
    ///
    /// ```
    /// use durable_core::{TraceContext, client::Client, store::MemoryStore};
    /// let client = Client::new(MemoryStore::new()).with_trace_source(|| TraceContext::new(1, 2, true));
    /// ```
    #[must_use]
    pub fn with_trace_source(self, source: impl Fn() -> Option<TraceContext> + Send + Sync + 'static) -> Self {
        Self { trace_source: Some(Arc::new(source)), ..self }
    }

    /// A handle on the instance of this id, whether it exists or not.
    pub fn instance(&self, id: impl AsRef<str>) -> InstanceHandle {
        InstanceHandle { client: self.clone(), id: InstanceId::new(id) }
    }

    /// Figures of the task hub: counts by status, what waits for a worker and since when, sizes.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn statistics(&self) -> Result<StoreStatistics, ClientError> {
        Ok(self.store().statistics(self.inner.env.now()).await?)
    }

    /// The live workers on this task hub, in all processes, and what they can run.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn workers(&self) -> Result<Vec<WorkerStatus>, ClientError> {
        let now = self.inner.env.now();
        let entered = self.store().workers().await?;
        let live = entered.into_iter().filter(|w| !w.fenced && w.expires_at > now);
        Ok(live.map(|w| WorkerStatus { id: w.id, name: w.name, offers: w.offers, lease_until: w.expires_at }).collect())
    }

    fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    fn current_trace(&self) -> Option<TraceContext> {
        self.trace_source.as_ref().and_then(|source| source())
    }

    /// Brings messages to a subject; wakes the worker here, which may run it.
    async fn deliver(
        &self,
        subject: Subject,
        messages: Vec<Event>,
        request: Option<Request>,
    ) -> Result<CommitOutcome, StoreError> {
        let deliveries = messages.into_iter().map(|message| Delivery { to: Recipient::Subject, message }).collect();
        self.commit(Commit { deliveries, request, ..Commit::new(subject, self.inner.env.now()) }).await
    }

    async fn commit(&self, commit: Commit) -> Result<CommitOutcome, StoreError> {
        let outcome = self.inner.commits.commit(commit).await?;
        if let Some(worker) = &self.inner.worker {
            // A worker that has ended need not know.
            let _ = worker.send(Input::StoreChanged);
        }
        Ok(outcome)
    }
}

/// Whether a request that was carried out before is the one that is asked for now.
fn same_request(now: Option<&Request>, operation: &str, id: &InstanceId) -> Result<(), ClientError> {
    match now {
        Some(now) if now.operation != operation => Err(ClientError::RequestIdReused {
            request: now.id.clone(),
            id: id.clone(),
            operation: operation.to_owned(),
        }),
        _ => Ok(()),
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("has_worker", &self.inner.worker.is_some()).finish_non_exhaustive()
    }
}
