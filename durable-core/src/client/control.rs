//! Messages to an instance that has not ended: raise, terminate, suspend, resume.

use std::future::IntoFuture;

use serde::Serialize;

use super::{ClientError, ClientFuture, InstanceHandle, checks, same_request};
use crate::history::Event;
use crate::payload::{Payload, PayloadError};
use crate::store::{CommitOutcome, StoreError, Subject};

impl InstanceHandle {
    /// Raises an external event. When the future is ready the event is durable, and will be given to
    /// a wait for this name (compared without regard to case), now or later, once.
    ///
    /// ```no_run
    /// # use durable_core::client::{Client, ClientError};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// client.instance("order-7").raise("approved", &true).await?;
    /// // Sent again, it has no second effect.
    /// client.instance("order-7").raise("approved", &true).request_id("http-1234").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::AlreadyFinished`], [`ClientError::InvalidName`]
    /// and [`ClientError::InvalidInput`] if name or payload cannot be recorded,
    /// [`ClientError::InvalidRequestId`], [`ClientError::RequestIdReused`], and those of the store.
    pub fn raise<T: Serialize + ?Sized>(&self, name: &str, payload: &T) -> Raise {
        Raise { handle: self.clone(), name: name.to_owned(), payload: Payload::encode(payload), request_id: None }
    }

    /// Ends it, and the sub-orchestrations that it waits for. Running activities see their
    /// cancellation token. When the future is ready the request is durable; the end comes with its
    /// next turn. Ends parked instances too.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::AlreadyFinished`], [`ClientError::ReasonTooLong`],
    /// [`ClientError::InvalidRequestId`], [`ClientError::RequestIdReused`], and those of the store.
    pub fn terminate(&self, reason: impl Into<String>) -> Control {
        self.control(Verb::Terminate, reason)
    }

    /// Suspends it: messages are still taken and recorded, but it decides nothing until it is
    /// resumed. Suspending a suspended instance changes nothing.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::terminate`].
    pub fn suspend(&self, reason: impl Into<String>) -> Control {
        self.control(Verb::Suspend, reason)
    }

    /// Resumes it: what came meanwhile is delivered, in order.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::terminate`].
    pub fn resume(&self, reason: impl Into<String>) -> Control {
        self.control(Verb::Resume, reason)
    }

    fn control(&self, verb: Verb, reason: impl Into<String>) -> Control {
        Control { handle: self.clone(), verb, reason: reason.into(), request_id: None }
    }

    async fn send(&self, message: Message) -> Result<(), ClientError> {
        let id = self.id()?.clone();
        let request = checks::request(message.request_id, || format!("{} {id}{}", message.verb, message.what))?;
        let subject = Subject::Existing { id: id.clone(), unpark: message.unpark };
        match self.client.deliver(subject, vec![message.event], request.clone()).await? {
            CommitOutcome::Applied { .. } => Ok(()),
            CommitOutcome::Repeated { operation, id, .. } => same_request(request.as_ref(), &operation, &id),
            CommitOutcome::NotFound => Err(ClientError::NotFound(id)),
            CommitOutcome::Finished { status } => Err(ClientError::AlreadyFinished { id, status }),
            other => Err(StoreError::Other(format!("a message was refused: {other:?}")).into()),
        }
    }
}

struct Message {
    event: Event,
    unpark: bool,
    verb: &'static str,
    what: String,
    request_id: Option<String>,
}

/// An external event on its way: what [`InstanceHandle::raise`] returns. Await it.
#[must_use = "nothing is raised until it is awaited"]
#[derive(Debug)]
pub struct Raise {
    handle: InstanceHandle,
    name: String,
    payload: Result<Payload, PayloadError>,
    request_id: Option<String>,
}

impl Raise {
    /// Makes it idempotent: the same event raised again with the same id is not raised a second
    /// time, for [`REQUEST_RETENTION`](crate::limits::REQUEST_RETENTION).
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl IntoFuture for Raise {
    type Output = Result<(), ClientError>;
    type IntoFuture = ClientFuture<()>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let name = checks::name("event name", &self.name)?;
            let (what, payload) = (format!(" {name}"), self.payload?);
            let event = Event::EventRaised { name, payload };
            let request_id = self.request_id;
            self.handle.send(Message { event, unpark: false, verb: "raise", what, request_id }).await
        })
    }
}

#[derive(Clone, Copy, Debug)]
enum Verb {
    Terminate,
    Suspend,
    Resume,
}

/// A request to end, hold or go on: what [`InstanceHandle::terminate`],
/// [`suspend`](InstanceHandle::suspend) and [`resume`](InstanceHandle::resume) return. Await it.
#[must_use = "nothing happens until it is awaited"]
#[derive(Debug)]
pub struct Control {
    handle: InstanceHandle,
    verb: Verb,
    reason: String,
    request_id: Option<String>,
}

impl Control {
    /// Makes it idempotent, as [`Raise::request_id`] does.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl IntoFuture for Control {
    type Output = Result<(), ClientError>;
    type IntoFuture = ClientFuture<()>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let reason = checks::reason(self.reason)?;
            let (event, unpark, verb) = match self.verb {
                Verb::Terminate => (Event::TerminateRequested { reason, by: None }, true, "terminate"),
                Verb::Suspend => (Event::Suspended { reason }, false, "suspend"),
                Verb::Resume => (Event::Resumed { reason }, false, "resume"),
            };
            let request_id = self.request_id;
            self.handle.send(Message { event, unpark, verb, what: String::new(), request_id }).await
        })
    }
}
