//! The client: start orchestrations, see them, wait for them.

mod error;
mod group_commit;
mod handle;
mod waiters;

pub use error::{ClientError, RunError};
pub use handle::{InstanceHandle, InstanceStatus, Run};

use std::fmt;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::definition::{Invocation, Orchestrator};
use crate::history::{Event, ExecutionStarted};
use crate::id::InstanceId;
use crate::payload::Payload;
use crate::store::{Commit, CommitOutcome, Delivery, NewInstance, Recipient, Store, StoreError, Subject};
use crate::time::Timestamp;
use crate::worker::engine::{StartRefused, StartRequest};
use crate::worker::{Env, Input, Inputs, IntoStore, SystemEnv};
use group_commit::GroupCommit;
use waiters::Waiters;

/// Starts orchestrations and looks at them.
///
/// A client made by [`Worker::client`](crate::worker::Worker::client) hands what it starts straight to that
/// worker. One made by [`Client::new`], in this process or another, puts it into the store, and
/// a worker takes it from there. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    env: Arc<dyn Env>,
    worker: Option<Inputs>,
    waiters: Arc<Waiters>,
    commits: GroupCommit,
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
        Self { inner: Arc::new(Inner { commits: GroupCommit::new(store.clone()), store, env, worker, waiters }) }
    }

    fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    /// Starts an orchestration. When this returns, the start is durable.
    ///
    /// Without `.instance_id(..)` the instance gets a new UUIDv7 as its id. An id whose instance
    /// has ended may be used again: the new execution takes the place of the old one, whose
    /// history is deleted.
    ///
    /// # Errors
    ///
    /// [`ClientError::AlreadyExists`] if the id is taken by an instance that has not ended,
    /// [`ClientError::InvalidId`] and [`ClientError::InvalidInput`] if id or arguments cannot be
    /// recorded, [`ClientError::Store`] if the store failed.
    pub async fn start<D: Orchestrator>(&self, invocation: Invocation<D>) -> Result<Run<D>, ClientError> {
        let parts = invocation.into_parts();
        let (input, start_at) = (parts.input?, parts.start_at);
        let id = match parts.instance_id {
            Some(id) => InstanceId::new(id)?,
            None => InstanceId::new(self.inner.env.new_id().to_string())?,
        };
        if let Some(worker) = self.inner.worker.as_ref().filter(|_| start_at.is_none()) {
            match self.start_here(worker, &id, D::NAME, D::VERSION, input.clone()).await {
                Ok(started) => {
                    return Ok(Run::new(self.clone(), id, started.key, Some(started.ended)));
                }
                // The worker has lost its lease, or leaves: nothing is written, and the store needs
                // no worker for a start.
                Err(StartRefused::NotHere | StartRefused::Outcome(CommitOutcome::Fenced)) => {}
                Err(StartRefused::Outcome(outcome)) => return Err(refusal(id, &outcome)),
                Err(StartRefused::Store(e)) => return Err(e.into()),
            }
        }
        let outcome = self.start_in_store(&id, D::NAME, D::VERSION, input, start_at).await?;
        match outcome {
            CommitOutcome::Applied { key, .. } => Ok(Run::new(self.clone(), id, key, None)),
            refused => Err(refusal(id, &refused)),
        }
    }

    async fn start_here(
        &self,
        worker: &Inputs,
        id: &InstanceId,
        name: &str,
        version: &str,
        input: Payload,
    ) -> Result<crate::worker::engine::Started, StartRefused> {
        let (reply, answer) = oneshot::channel();
        let request = StartRequest { id: id.clone(), name: name.to_owned(), version: version.to_owned(), input, reply };
        if worker.send(Input::Start(request)).is_err() {
            return Err(StartRefused::NotHere);
        }
        match answer.await {
            Ok(answer) => answer,
            // The worker stopped, or lost its lease, between the request and its commit.
            Err(_) => Err(StartRefused::Store(StoreError::Unknown(
                "the worker let go of the start before it was confirmed".into(),
            ))),
        }
    }

    async fn start_in_store(
        &self,
        id: &InstanceId,
        name: &str,
        version: &str,
        input: Payload,
        start_at: Option<Timestamp>,
    ) -> Result<CommitOutcome, ClientError> {
        let seed = self.inner.env.random();
        let (name, version) = (name.to_owned(), version.to_owned());
        let started = ExecutionStarted { name: name.clone(), version: version.clone(), input, seed, parent: None };
        let message = Event::ExecutionStarted(Box::new(started));
        let subject = Subject::New(NewInstance { id: id.clone(), name, version, owner: None, start_at });
        self.deliver(subject, message).await
    }

    /// Brings a message to a subject; wakes the worker here, which may run it.
    async fn deliver(&self, subject: Subject, message: Event) -> Result<CommitOutcome, ClientError> {
        let commit = Commit {
            subject,
            turn: None,
            consumed: Vec::new(),
            update: None,
            next: None,
            deliveries: vec![Delivery { to: Recipient::Subject, message }],
            now: self.inner.env.now(),
        };
        let outcome = self.inner.commits.commit(commit).await?;
        if let Some(worker) = &self.inner.worker {
            // A worker that has ended need not know.
            let _ = worker.send(Input::StoreChanged);
        }
        Ok(outcome)
    }

    /// A handle on the instance of this id, whether it exists or not.
    pub fn instance(&self, id: impl AsRef<str>) -> InstanceHandle {
        InstanceHandle { client: self.clone(), id: InstanceId::new(id) }
    }
}

fn refusal(id: InstanceId, outcome: &CommitOutcome) -> ClientError {
    match outcome {
        CommitOutcome::AlreadyExists { status, .. } => ClientError::AlreadyExists { id, status: *status },
        CommitOutcome::Fenced => StoreError::Fenced.into(),
        other => StoreError::Other(format!("the start was refused: {other:?}")).into(),
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("has_worker", &self.inner.worker.is_some()).finish_non_exhaustive()
    }
}
