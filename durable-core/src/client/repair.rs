//! Repair: a failed instance goes on, a parked one is tried again, poison is given up.

use std::future::IntoFuture;
use std::time::Duration;

use super::handle::unreadable;
use super::{Client, ClientError, ClientFuture, InstanceHandle, checks, same_request};
use crate::failure::{Failure, FailureKind};
use crate::history::Event;
use crate::id::{InstanceId, TaskId};
use crate::replay::{NotARewind, rewind};
use crate::store::{
    Commit, CommitOutcome, Delivery, InstanceRecord, Recipient, Request, Status, StatusSet, StoreError, Subject,
};
use crate::worker::engine::Mark;

/// How an instance must have ended to be rewound.
const REWINDABLE: StatusSet = StatusSet::of(&[Status::Failed, Status::Terminated]);

impl InstanceHandle {
    /// Lets an instance that has failed, or was terminated, go on from before its failure: what
    /// failed runs again (activities from the attempt that they had come to, failed
    /// sub-orchestrations are rewound themselves), what had a result keeps it. It goes on as a new execution; the history of the
    /// old one stays readable ([`InstanceHandle::executions`]).
    ///
    /// ```no_run
    /// # use durable_core::client::{Client, ClientError};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// client.instance("order-7").rewind("the bank is back").await?;
    /// let end = client.instance("order-7").finished().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::NotRewindable`] if it has not ended, or with a value;
    /// [`ClientError::Compensated`] if a saga has undone what was done, [`ClientError::ChildrenEnding`] if sub-orchestrations that it took along have not ended yet;
    /// [`ClientError::NotFound`], [`ClientError::ReasonTooLong`],
    /// [`ClientError::InvalidRequestId`], [`ClientError::RequestIdReused`], and those of the store.
    pub fn rewind(&self, reason: impl Into<String>) -> Rewind {
        Rewind { handle: self.clone(), reason: reason.into(), request_id: None }
    }

    /// Tries a parked instance again: its code was put right, or what was given up as poison (see
    /// [`InstanceStatus::suspect`](super::InstanceStatus::suspect)) shall be tried once more. Gives
    /// whether it was parked; one that is not goes on as it was.
    ///
    /// ```no_run
    /// # use durable_core::client::{Client, ClientError};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let was_parked = client.instance("order-7").retry().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::AlreadyFinished`],
    /// [`ClientError::InvalidRequestId`], [`ClientError::RequestIdReused`], and those of the store.
    pub fn retry(&self) -> Retry {
        Retry { handle: self.clone(), request_id: None }
    }

    /// Gives an activity up that was parked as poison: its call fails with
    /// [`CallError::Poisoned`](crate::CallError::Poisoned), and the orchestrator goes on with that.
    ///
    /// ```no_run
    /// # use durable_core::client::{Client, ClientError};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// client.instance("order-7").discard("this picture cannot be read").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::NotPoisoned`] if nothing of it was given up,
    /// [`ClientError::NotAnActivity`] if that was its own turn; [`ClientError::NotFound`],
    /// [`ClientError::AlreadyFinished`], [`ClientError::ReasonTooLong`],
    /// [`ClientError::InvalidRequestId`], [`ClientError::RequestIdReused`], and those of the store.
    pub fn discard(&self, reason: impl Into<String>) -> Discard {
        Discard { handle: self.clone(), reason: reason.into(), request_id: None }
    }
}

impl InstanceHandle {
    /// Whether this very request was carried out before: a commit that cannot apply asks for that.
    async fn was_carried_out(&self, request: Option<&Request>) -> Result<bool, ClientError> {
        let subject = Subject::Finished { id: self.id()?.clone(), among: StatusSet::NONE };
        match self.client.deliver(subject, Vec::new(), request.cloned()).await? {
            CommitOutcome::Repeated { operation, id, .. } => same_request(request, &operation, &id).map(|()| true),
            _ => Ok(false),
        }
    }

    /// A saga that was compensated is not rewound: what it undid would count as done.
    async fn is_not_compensated(&self) -> Result<(), ClientError> {
        let record = match self.record().await {
            Ok(record) if record.status.is_finished() => record,
            // What it is then is for the store to judge, in one step with the request.
            Ok(_) | Err(ClientError::NotFound(_)) => return Ok(()),
            Err(e) => return Err(e),
        };
        let packed = self.client.store().history(record.key, record.execution).await?;
        let turns: Result<Vec<_>, _> = packed.iter().map(|turn| turn.unpack()).collect();
        let turns = turns.map_err(|e| unreadable(&record.id, e))?;
        match rewind(&record.id, record.execution, &turns, None, "", 0) {
            Err(NotARewind::Compensated) => Err(ClientError::Compensated(record.id)),
            _ => Ok(()),
        }
    }
}

impl Client {
    /// Waits until the sub-orchestrations that an instance has taken along with its end have ended
    /// too, and theirs: what is still on its way to its end cannot be asked to go on.
    async fn children_have_ended(&self, id: &InstanceId) -> Result<(), ClientError> {
        let mut pause = CHILDREN_LOOK_FIRST;
        let mut open = vec![id.clone()];
        loop {
            let mut running = Vec::new();
            while let Some(id) = open.pop() {
                let Some(record) = self.store().instance(id.clone()).await? else { continue };
                if !record.status.is_finished() {
                    running.push(id);
                    continue;
                }
                let last = self.store().last_turn(record.key, record.execution).await?;
                // One that cannot be read is for the worker to report.
                let Some(Ok(last)) = last.map(|turn| turn.unpack()) else { continue };
                let mut children = last.decisions.iter().filter_map(|d| match d {
                    Event::SubOrchestrationCanceled { id, instance } => Some((*id, instance.as_str())),
                    _ => None,
                });
                let Some(first) = children.next() else { continue };
                // The history of a fork knows its children by the names of another's.
                let origin = self.instance(&id).start_event(&record).await?.and_then(|started| started.origin);
                let name = |(task, known_as): (TaskId, &str)| match &origin {
                    Some(origin) => origin.child_instance(&id, task, known_as),
                    None => known_as.to_owned(),
                };
                open.extend(std::iter::once(first).chain(children).filter_map(|c| InstanceId::new(name(c)).ok()));
            }
            // The instance itself: that is for the store to judge.
            running.retain(|child| child != id);
            if running.is_empty() {
                return Ok(());
            }
            if pause > CHILDREN_LOOK_MAX {
                let children = running.iter().map(ToString::to_string).collect();
                return Err(ClientError::ChildrenEnding { id: id.clone(), children });
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
            open = running;
        }
    }
}

/// The first pause before children that are ending are looked at again; it doubles.
const CHILDREN_LOOK_FIRST: Duration = Duration::from_millis(5);
/// No pause is longer: about ten seconds in all.
const CHILDREN_LOOK_MAX: Duration = Duration::from_secs(5);

/// A request to go on from before a failure: what [`InstanceHandle::rewind`] returns. Await it.
#[must_use = "nothing is rewound until it is awaited"]
#[derive(Debug)]
pub struct Rewind {
    handle: InstanceHandle,
    reason: String,
    request_id: Option<String>,
}

impl Rewind {
    /// Makes it idempotent, as [`Raise::request_id`](super::Raise::request_id) does: an instance
    /// that fails again is not rewound a second time by the same request.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl IntoFuture for Rewind {
    type Output = Result<(), ClientError>;
    type IntoFuture = ClientFuture<()>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let id = self.handle.id()?.clone();
            let request = checks::request(self.request_id, || format!("rewind {id}"))?;
            let message = Event::RewindRequested { reason: checks::reason(self.reason)?, by: None };
            // A request that was carried out before is answered as then, whatever has come of it.
            if request.is_some() && self.handle.was_carried_out(request.as_ref()).await? {
                return Ok(());
            }
            self.handle.is_not_compensated().await?;
            self.handle.client.children_have_ended(&id).await?;
            let subject = Subject::Finished { id: id.clone(), among: REWINDABLE };
            match self.handle.client.deliver(subject, vec![message], request.clone()).await? {
                CommitOutcome::Applied { .. } => Ok(()),
                CommitOutcome::Repeated { operation, id, .. } => same_request(request.as_ref(), &operation, &id),
                CommitOutcome::NotFound => Err(ClientError::NotFound(id)),
                CommitOutcome::NotAmong { status } => Err(ClientError::NotRewindable { id, status }),
                other => Err(StoreError::Other(format!("the rewind was refused: {other:?}")).into()),
            }
        })
    }
}

/// A request to try a parked instance again: what [`InstanceHandle::retry`] returns. Await it for
/// whether the instance was parked.
#[must_use = "nothing is tried until it is awaited"]
#[derive(Debug)]
pub struct Retry {
    handle: InstanceHandle,
    request_id: Option<String>,
}

impl Retry {
    /// Makes it idempotent, as [`Raise::request_id`](super::Raise::request_id) does: an instance
    /// that is parked again is not tried a second time by the same request.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl IntoFuture for Retry {
    type Output = Result<bool, ClientError>;
    type IntoFuture = ClientFuture<bool>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let record = self.handle.record().await?;
            let (id, status) = (record.id, record.status);
            let request = checks::request(self.request_id, || format!("retry {id}"))?;
            if status.is_finished() {
                return Err(ClientError::AlreadyFinished { id, status });
            }
            // Read first: what is not parked would lose a start time that is yet to come.
            if status != Status::Parked {
                return Ok(false);
            }
            let subject = Subject::Existing { id: id.clone(), unpark: true };
            match self.handle.client.deliver(subject, Vec::new(), request.clone()).await? {
                CommitOutcome::Applied { .. } => Ok(true),
                CommitOutcome::Repeated { operation, id, .. } => {
                    same_request(request.as_ref(), &operation, &id).map(|()| false)
                }
                CommitOutcome::NotFound => Err(ClientError::NotFound(id)),
                CommitOutcome::Finished { status } => Err(ClientError::AlreadyFinished { id, status }),
                other => Err(StoreError::Other(format!("the retry was refused: {other:?}")).into()),
            }
        })
    }
}

/// A request to give up an activity that is poison: what [`InstanceHandle::discard`] returns. Await
/// it.
#[must_use = "nothing is discarded until it is awaited"]
#[derive(Debug)]
pub struct Discard {
    handle: InstanceHandle,
    reason: String,
    request_id: Option<String>,
}

impl Discard {
    /// Makes it idempotent, as [`Raise::request_id`](super::Raise::request_id) does.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl IntoFuture for Discard {
    type Output = Result<(), ClientError>;
    type IntoFuture = ClientFuture<()>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (handle, reason) = (self.handle, checks::reason(self.reason)?);
            let record = handle.record().await?;
            let id = record.id.clone();
            let request = checks::request(self.request_id, || format!("discard {id}"))?;
            let now = handle.client.inner.env.now();
            let mut commit = match poison_of(&record)? {
                Some(Mark { task: Some(id), attempt, .. }) => {
                    let failure = Failure::new(FailureKind::Poisoned, reason);
                    let message = Event::TaskFailed { id, attempt: attempt.unwrap_or(1), failure };
                    // For this execution alone: the next one has other tasks of these numbers.
                    let to = Recipient::Id { id: record.id.clone(), execution: Some(record.execution) };
                    let subject = Subject::Existing { id: record.id.clone(), unpark: true };
                    let mut commit = Commit::new(subject, now);
                    commit.deliveries.push(Delivery { to, message });
                    commit
                }
                Some(Mark { task: None, .. }) => return Err(ClientError::NotAnActivity(id)),
                // Perhaps this very request was carried out before. A commit that cannot apply
                // asks for that, and for what the instance is.
                None => Commit::new(Subject::Finished { id: id.clone(), among: StatusSet::NONE }, now),
            };
            commit.request.clone_from(&request);
            match handle.client.commit(commit).await? {
                CommitOutcome::Applied { .. } => Ok(()),
                CommitOutcome::Repeated { operation, id, .. } => same_request(request.as_ref(), &operation, &id),
                CommitOutcome::NotFound => Err(ClientError::NotFound(id)),
                CommitOutcome::NotAmong { status } => Err(not_poisoned(id, status)),
                CommitOutcome::Finished { status } => Err(ClientError::AlreadyFinished { id, status }),
                other => Err(StoreError::Other(format!("the discard was refused: {other:?}")).into()),
            }
        })
    }
}

/// What was given up, if the instance is parked for that.
fn poison_of(record: &InstanceRecord) -> Result<Option<Mark>, ClientError> {
    let mark = record.mark.as_ref().filter(|_| record.status == Status::Parked);
    let read = |mark: &String| Mark::read(mark).ok_or_else(|| unreadable(&record.id, format!("its mark {mark:?}")));
    mark.map(read).transpose()
}

fn not_poisoned(id: InstanceId, status: Status) -> ClientError {
    match status.is_finished() {
        true => ClientError::AlreadyFinished { id, status },
        false => ClientError::NotPoisoned { id, status },
    }
}
