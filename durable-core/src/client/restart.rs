//! Instances made from others: once more from the beginning, or from one of their events on.

use std::future::IntoFuture;

use super::handle::unreadable;
use super::start::begun;
use super::{ClientError, ClientFuture, InstanceHandle, Run, Untyped, checks};
use crate::definition::ReusePolicy;
use crate::history::{Event, Origin, PackedTurn};
use crate::id::{EventSeq, ExecutionId};
use crate::replay;
use crate::store::{NewInstance, Subject};

impl InstanceHandle {
    /// Starts the orchestrator of an instance that has ended once more: the same version, input
    /// and tags, under the same id (in its place) or a new one. For one that continued as new, the
    /// input is that of its last execution. Where it comes from stands in
    /// [`InstanceStatus::origin`](super::InstanceStatus::origin).
    ///
    /// ```no_run
    /// # use durable_core::client::{Client, ClientError};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let run = client.instance("order-7").restart().new_id("order-7-again").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFinished`] if it has not ended, [`ClientError::AlreadyExists`] if the new
    /// id is taken by an instance that has not ended; [`ClientError::NotFound`],
    /// [`ClientError::InvalidId`], [`ClientError::InvalidRequestId`],
    /// [`ClientError::RequestIdReused`], and those of the store.
    pub fn restart(&self) -> Restart {
        Restart { handle: self.clone(), new_id: None, request_id: None }
    }

    /// Makes a new instance that begins with this one's history before the turn that holds event
    /// `at`, and goes on from there: what was open then runs in the new instance, and nobody waits
    /// for its end. The numbers of events stand in [`InstanceHandle::history`].
    ///
    /// To its code it looks as if it were the old instance (`ctx.instance_id()`, random values);
    /// its sub-orchestrations are its own.
    ///
    /// ```no_run
    /// # use durable_core::{EventSeq, client::{Client, ClientError}};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let run = client.instance("order-7").fork(EventSeq(12)).instance_id("what-if").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::NotAForkPoint`] if there is no such event, or no turn before it;
    /// [`ClientError::AlreadyExists`] if the new id is taken by an instance that has not ended;
    /// [`ClientError::NoSuchExecution`], [`ClientError::NotFound`], [`ClientError::InvalidId`],
    /// [`ClientError::InvalidRequestId`], [`ClientError::RequestIdReused`], and those of the store.
    pub fn fork(&self, at: EventSeq) -> Fork {
        Fork { handle: self.clone(), at, execution: None, id: None, request_id: None }
    }
}

/// A request to start an instance once more: what [`InstanceHandle::restart`] returns. Await it for
/// the run.
#[must_use = "nothing is started until it is awaited"]
#[derive(Debug)]
pub struct Restart {
    handle: InstanceHandle,
    new_id: Option<String>,
    request_id: Option<String>,
}

impl Restart {
    /// Under this id, and not in the place of the old instance.
    pub fn new_id(mut self, id: impl Into<String>) -> Self {
        self.new_id = Some(id.into());
        self
    }

    /// Makes it idempotent, as [`Invocation::request_id`](crate::Invocation::request_id) does.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl IntoFuture for Restart {
    type Output = Result<Run<Untyped>, ClientError>;
    type IntoFuture = ClientFuture<Run<Untyped>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let client = self.handle.client.clone();
            let old = self.handle.id()?.clone();
            let is_same = self.new_id.as_ref().is_none_or(|id| id == old.as_str());
            let id = client.id_or_new(Some(self.new_id.unwrap_or_else(|| old.to_string())))?;
            let request = checks::request(self.request_id, || match is_same {
                true => format!("restart {old}"),
                false => format!("restart {old} as {id}"),
            })?;
            let record = self.handle.record().await?;
            // With a request id it may be this request's own run: the store knows.
            let is_perhaps_done = is_same && request.is_some();
            if !record.status.is_finished() && !is_perhaps_done {
                return Err(ClientError::NotFinished { id: old, status: record.status });
            }
            let started = self.handle.start_event(&record).await?;
            let started = started.ok_or_else(|| unreadable(&old, "its start was never recorded"))?;
            let mut instance = NewInstance::new(id, started.name, started.version);
            instance.tags = record.tags;
            let origin = Origin::restart(&old, record.execution, client.inner.env.random());
            let mut start = client.start_from(instance, started.input, origin);
            start.started.trace = client.current_trace().or(started.trace);
            start.request = request;
            match client.begin(start).await.map_err(ClientError::from) {
                Ok(begun) => Ok(Run::new(client, begun.id, begun.key, begun.here)),
                Err(ClientError::AlreadyExists { id, status }) if is_same => {
                    Err(ClientError::NotFinished { id, status })
                }
                Err(e) => Err(e),
            }
        })
    }
}

/// A request for a new instance that begins with the history of another: what
/// [`InstanceHandle::fork`] returns. Await it for the run.
#[must_use = "nothing is forked until it is awaited"]
#[derive(Debug)]
pub struct Fork {
    handle: InstanceHandle,
    at: EventSeq,
    execution: Option<ExecutionId>,
    id: Option<String>,
    request_id: Option<String>,
}

impl Fork {
    /// The id of the new instance, instead of a generated one.
    pub fn instance_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Of this execution, instead of the current one.
    pub fn of_execution(mut self, execution: ExecutionId) -> Self {
        self.execution = Some(execution);
        self
    }

    /// Makes it idempotent, as [`Invocation::request_id`](crate::Invocation::request_id) does.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl IntoFuture for Fork {
    type Output = Result<Run<Untyped>, ClientError>;
    type IntoFuture = ClientFuture<Run<Untyped>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let client = self.handle.client.clone();
            let (old, at) = (self.handle.id()?.clone(), self.at);
            let is_generated = self.id.is_none();
            let id = client.id_or_new(self.id)?;
            let record = self.handle.record().await?;
            let execution = self.execution.unwrap_or(record.execution);
            let request = checks::request(self.request_id, || {
                let id = if is_generated { String::new() } else { format!(" as {id}") };
                format!("fork {old} execution {execution} at {at}{id}")
            })?;
            let history = self.handle.history_of(execution).await?;
            let copied = replay::fork(&old, execution, &history.turns, at, client.inner.env.random())
                .map_err(|at| ClientError::NotAForkPoint { id: old.clone(), at })?;
            let starts = copied.turns.iter().flat_map(|t| &t.messages).find_map(|m| match m {
                Event::ExecutionStarted(started) => Some(started),
                _ => None,
            });
            let started = starts.ok_or_else(|| unreadable(&old, "its history does not begin with a start"))?;
            let mut instance = NewInstance::new(id, started.name.clone(), started.version.clone());
            instance.tags = record.tags;
            instance.replaces = ReusePolicy::finished().replaces();
            let packed: Result<Vec<PackedTurn>, _> = copied.turns.iter().map(PackedTurn::pack).collect();
            instance.history = packed.map_err(|e| unreadable(&old, e))?;
            let id = instance.id.clone();
            let outcome = client.deliver(Subject::New(instance), copied.messages, request.clone()).await?;
            let begun = begun(&id, request.as_ref(), outcome).map_err(ClientError::from)?;
            Ok(Run::new(client, begun.id, begun.key, None))
        })
    }
}
