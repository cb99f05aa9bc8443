//! One instance, seen by a client.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use tokio::sync::oneshot;

use super::{Client, ClientError, RunError};
use crate::definition::{Definition, Orchestrator};
use crate::failure::Failure;
use crate::history::{Event, History, PackedTurn, Turn};
use crate::id::{ExecutionId, InstanceId, InstanceKey, InvalidInstanceId};
use crate::limits::POLL_INTERVAL;
use crate::payload::Payload;
use crate::store::{CommitOutcome, InstanceRecord, Status, StoreError, Subject};
use crate::time::Timestamp;
use crate::worker::Input;
use crate::worker::engine::Ended;

/// What is known of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InstanceStatus {
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
    /// Why it is parked, if it is.
    pub parked_reason: Option<String>,
    /// What its orchestrator last set as its custom status.
    pub custom_status: Option<Payload>,
    /// When this execution was started.
    pub created_at: Timestamp,
    /// When it was last started, claimed, put to sleep, parked or ended.
    pub updated_at: Timestamp,
    /// How it ended, if it did: the value or the failure.
    pub result: Option<Result<Payload, Failure>>,
}

/// One instance, by its id: what [`Client::instance`] returns. It need not exist.
#[derive(Clone)]
pub struct InstanceHandle {
    pub(super) client: Client,
    pub(super) id: Result<InstanceId, InvalidInstanceId>,
}

impl InstanceHandle {
    /// The id, if it can be one.
    ///
    /// # Errors
    ///
    /// [`ClientError::InvalidId`].
    pub fn id(&self) -> Result<&InstanceId, ClientError> {
        self.id.as_ref().map_err(|e| e.clone().into())
    }

    async fn record(&self) -> Result<InstanceRecord, ClientError> {
        let id = self.id()?;
        self.client.store().instance(id.clone()).await?.ok_or_else(|| ClientError::NotFound(id.clone()))
    }

    /// What is known of it now.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::InvalidId`], and those of the store.
    pub async fn status(&self) -> Result<InstanceStatus, ClientError> {
        let record = self.record().await?;
        let result = match record.status.is_finished() {
            true => Some(self.end_of(record.key, record.execution).await?.result),
            false => None,
        };
        Ok(InstanceStatus {
            id: record.id,
            execution: record.execution,
            name: record.name,
            version: record.version,
            status: record.status,
            parked_reason: record.parked_reason,
            custom_status: record.custom_status,
            created_at: record.created_at,
            updated_at: record.updated_at,
            result,
        })
    }

    /// Its history so far: every event, in order.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::Unreadable`], and those of the store.
    pub async fn history(&self) -> Result<History, ClientError> {
        let record = self.record().await?;
        let packed = self.client.store().history(record.key, record.execution).await?;
        let turns: Result<Vec<Turn>, _> = packed.iter().map(PackedTurn::unpack).collect();
        let turns = turns.map_err(|e| unreadable(&record.id, e))?;
        Ok(History { instance: record.id, execution: record.execution, turns })
    }

    /// Raises an external event. When this returns it is durable, and will be given to a wait for
    /// this name (compared without regard to case), now or later, once.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::AlreadyFinished`], [`ClientError::InvalidInput`]
    /// if the payload cannot be recorded, and those of the store.
    pub async fn raise<T: Serialize + ?Sized>(&self, name: &str, payload: &T) -> Result<(), ClientError> {
        let payload = Payload::encode(payload)?;
        self.send(Event::EventRaised { name: name.to_owned(), payload }, false).await
    }

    /// Ends it, and the sub-orchestrations that it waits for. Running activities see their
    /// cancellation token. When this returns the request is durable; the end comes with its next
    /// turn. Ends parked instances too.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::AlreadyFinished`], and those of the store.
    pub async fn terminate(&self, reason: impl Into<String>) -> Result<(), ClientError> {
        self.send(Event::TerminateRequested { reason: reason.into(), by: None }, true).await
    }

    /// Suspends it: messages are still taken and recorded, but it decides nothing until it is
    /// resumed. Suspending a suspended instance changes nothing.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::terminate`].
    pub async fn suspend(&self, reason: impl Into<String>) -> Result<(), ClientError> {
        self.send(Event::Suspended { reason: reason.into() }, false).await
    }

    /// Resumes it: what came meanwhile is delivered, in order.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::terminate`].
    pub async fn resume(&self, reason: impl Into<String>) -> Result<(), ClientError> {
        self.send(Event::Resumed { reason: reason.into() }, false).await
    }

    async fn send(&self, message: Event, unpark: bool) -> Result<(), ClientError> {
        let id = self.id()?.clone();
        let subject = Subject::Existing { id: id.clone(), unpark };
        match self.client.deliver(subject, message).await? {
            CommitOutcome::Applied { .. } => Ok(()),
            CommitOutcome::NotFound => Err(ClientError::NotFound(id)),
            CommitOutcome::Finished { status } => Err(ClientError::AlreadyFinished { id, status }),
            other => Err(StoreError::Other(format!("a message was refused: {other:?}")).into()),
        }
    }

    /// Waits until a worker has begun to run it.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::status`].
    pub async fn started(&self) -> Result<InstanceStatus, ClientError> {
        loop {
            let status = self.status().await?;
            if status.status != Status::Pending {
                return Ok(status);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Waits for its end and gives the value, typed as the orchestrator `D` declares it:
    /// `client.instance("order-7").result::<checkout>().await`. An instance that continues as new,
    /// or is started again under its id, is waited for until it ends for good.
    ///
    /// Waits for as long as it takes: for an instance that sleeps or is parked, perhaps for
    /// ever. Put a `tokio::time::timeout` around it where that matters.
    ///
    /// # Errors
    ///
    /// [`RunError::Ended`] if it ended without a value, [`RunError::Client`] if that could not
    /// be learned.
    pub async fn result<D: Orchestrator>(&self) -> Result<D::Ok, RunError<D::Err>> {
        let record = self.record().await?;
        let ended = self.ended(record.key, None).await?;
        decode::<D>(&record.id, ended)
    }

    /// Waits for the end: told by the worker here if it runs it, else by a look
    /// at the store after each change.
    async fn ended(&self, key: InstanceKey, mut here: Option<oneshot::Receiver<Ended>>) -> Result<Ended, ClientError> {
        let id = self.id()?.clone();
        loop {
            if let Some(told) = here.take()
                && let Ok(ended) = told.await
            {
                return Ok(ended);
            }
            // Asked before the look, so that an end between the two is not missed.
            let watch = self.client.inner.worker.as_ref().and_then(|worker| {
                let (waiter, told) = oneshot::channel();
                worker.send(Input::Watch(id.clone(), waiter)).ok().map(|()| told)
            });
            let elsewhere = self.client.inner.waiters.wait(key);
            let found = self.client.store().statuses(vec![key]).await?;
            match found.first() {
                None => return Err(ClientError::NotFound(id)),
                Some((_, execution, status)) if status.is_finished() => return self.end_of(key, *execution).await,
                Some(_) => {}
            }
            if let Some(told) = watch
                && let Ok(ended) = told.await
            {
                return Ok(ended);
            }
            // Not here, or not any more. An error means that the table is gone: look again.
            let _ = elsewhere.await;
        }
    }

    /// How a finished execution ended, as its last turn says.
    async fn end_of(&self, key: InstanceKey, execution: ExecutionId) -> Result<Ended, ClientError> {
        let id = self.id()?;
        let last = self.client.store().last_turn(key, execution).await?;
        let turn = last.map(|t| t.unpack()).transpose().map_err(|e| unreadable(id, e))?;
        turn.as_ref().and_then(Ended::of).ok_or_else(|| unreadable(id, "its last turn is not its end"))
    }
}

fn unreadable(id: &InstanceId, reason: impl fmt::Display) -> ClientError {
    ClientError::Unreadable { id: id.clone(), reason: reason.to_string() }
}

fn decode<D: Definition>(id: &InstanceId, ended: Ended) -> Result<D::Ok, RunError<D::Err>> {
    let value = ended.result.map_err(RunError::from)?;
    value.decode().map_err(|e| unreadable(id, e).into())
}

impl fmt::Debug for InstanceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InstanceHandle({:?})", self.id)
    }
}

/// An orchestration that was started: what [`Client::start`] returns. Dropping it changes
/// nothing; the orchestration goes on.
pub struct Run<D> {
    handle: InstanceHandle,
    id: InstanceId,
    key: InstanceKey,
    here: Arc<std::sync::Mutex<Option<oneshot::Receiver<Ended>>>>,
    definition: PhantomData<fn() -> D>,
}

impl<D: Orchestrator> Run<D> {
    pub(super) fn new(
        client: Client,
        id: InstanceId,
        key: InstanceKey,
        here: Option<oneshot::Receiver<Ended>>,
    ) -> Self {
        let handle = InstanceHandle { client, id: Ok(id.clone()) };
        Self { handle, id, key, here: Arc::new(std::sync::Mutex::new(here)), definition: PhantomData }
    }

    /// The instance's id.
    pub fn id(&self) -> &InstanceId {
        &self.id
    }

    /// The handle for everything else.
    pub fn instance(&self) -> &InstanceHandle {
        &self.handle
    }

    /// Waits for the end and gives the value.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::result`].
    pub async fn result(&self) -> Result<D::Ok, RunError<D::Err>> {
        let here = self.here.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let ended = self.handle.ended(self.key, here).await?;
        decode::<D>(&self.id, ended)
    }

    /// What is known of it now.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::status`].
    pub async fn status(&self) -> Result<InstanceStatus, ClientError> {
        self.handle.status().await
    }

    /// Its history so far.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::history`].
    pub async fn history(&self) -> Result<History, ClientError> {
        self.handle.history().await
    }
}

impl<D> fmt::Debug for Run<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Run({})", self.id)
    }
}
