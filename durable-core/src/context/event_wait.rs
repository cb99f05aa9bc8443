//! Waiting for an external event, and what else an orchestrator awaits that is not a call.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::context::operation::Operation;
use crate::context::{DurableFuture, Timer};
use crate::failure::{Failure, FailureKind};
use crate::history::Event;
use crate::id::TaskId;
use crate::payload::{Payload, PayloadError};
use crate::replay::{Resolved, Shared};

/// An external event, some day: what `ctx.event(..)` returns.
#[must_use = "a wait that is dropped takes no event: await it"]
pub struct EventWait<T> {
    shared: Rc<Shared>,
    name: String,
    operation: Option<Operation>,
    payload: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> EventWait<T> {
    pub(super) fn new(shared: Rc<Shared>, name: &str, id: Option<TaskId>) -> Self {
        let operation = Some(Operation::new(shared.clone(), id));
        Self { shared, name: name.to_owned(), operation, payload: PhantomData }
    }

    /// Gives a payload of the wrong shape as an error, instead of failing the execution.
    pub fn checked(self) -> CheckedEventWait<T> {
        CheckedEventWait(self)
    }

    /// Waits at most so long: `None` when the time is over, and the wait takes no event then.
    pub fn timeout(self, limit: Duration) -> EventWaitTimeout<T> {
        let at = self.shared.now() + limit;
        let timer = Timer::scheduled(self.shared.clone(), self.shared.schedule_timer(at));
        EventWaitTimeout { event: Some(self), timer }
    }

    fn poll_payload(&mut self, cx: &Context<'_>) -> Poll<Result<T, PayloadError>> {
        match self.operation.as_ref().map(|o| o.poll(cx)) {
            Some(Poll::Ready(Resolved::Event(_, payload))) => {
                self.operation = None;
                Poll::Ready(payload.decode())
            }
            _ => Poll::Pending,
        }
    }
}

impl<T: DeserializeOwned> Future for EventWait<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match self.poll_payload(cx) {
            Poll::Ready(Ok(value)) => Poll::Ready(value),
            Poll::Ready(Err(e)) => {
                let message = format!("the payload of event {:?}: {e}", self.name);
                self.shared.end_with(Event::ExecutionFailed { failure: Failure::new(FailureKind::Codec, message) });
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> DurableFuture for EventWait<T> {}

/// A wait that gives a payload of the wrong shape as an error: see [`EventWait::checked`].
#[must_use = "a wait that is dropped takes no event: await it"]
pub struct CheckedEventWait<T>(EventWait<T>);

impl<T: DeserializeOwned> Future for CheckedEventWait<T> {
    type Output = Result<T, PayloadError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_payload(cx)
    }
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> DurableFuture for CheckedEventWait<T> {}

/// A wait with a limit: see [`EventWait::timeout`].
#[must_use = "a wait that is dropped takes no event: await it"]
pub struct EventWaitTimeout<T> {
    event: Option<EventWait<T>>,
    timer: Timer,
}

impl<T: DeserializeOwned> Future for EventWaitTimeout<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        if let Some(event) = &mut this.event
            && let Poll::Ready(value) = Pin::new(event).poll(cx)
        {
            this.event = None;
            return Poll::Ready(Some(value));
        }
        if Pin::new(&mut this.timer).poll(cx).is_ready() {
            this.event = None;
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> DurableFuture for EventWaitTimeout<T> {}

/// The end of this execution and the beginning of the next: what `ctx.continue_as_new(..)`
/// returns. Await it; it never resolves.
#[must_use = "continue-as-new happens when it is awaited: `return ctx.continue_as_new(..).await`"]
pub struct ContinueAsNew<T> {
    shared: Rc<Shared>,
    end: Event,
    never: PhantomData<fn() -> T>,
}

impl<T> ContinueAsNew<T> {
    pub(super) fn new(shared: Rc<Shared>, name: &str, version: &str, input: Result<Payload, PayloadError>) -> Self {
        let end = match input {
            Ok(input) => {
                Event::ContinuedAsNew { name: name.to_owned(), version: version.to_owned(), input, carry_events: true }
            }
            Err(e) => Event::ExecutionFailed { failure: e.into() },
        };
        Self { shared, end, never: PhantomData }
    }

    /// External events that nobody has taken are dropped instead of going along.
    pub fn drop_events(mut self) -> Self {
        if let Event::ContinuedAsNew { carry_events, .. } = &mut self.end {
            *carry_events = false;
        }
        self
    }
}

impl<T> Future for ContinueAsNew<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        self.shared.end_with(self.end.clone());
        Poll::Pending
    }
}

#[diagnostic::do_not_recommend]
impl<T> DurableFuture for ContinueAsNew<T> {}

/// A recorded value: what `ctx.side_effect(..)` returns. Ready at once.
#[must_use = "await it for its value"]
pub struct SideEffect<T> {
    shared: Rc<Shared>,
    value: Option<Result<Payload, Failure>>,
    made: PhantomData<fn() -> T>,
}

impl<T> SideEffect<T> {
    pub(super) fn new(shared: Rc<Shared>, value: Result<Payload, Failure>) -> Self {
        Self { shared, value: Some(value), made: PhantomData }
    }
}

impl<T: DeserializeOwned> Future for SideEffect<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        let Some(value) = self.value.take() else { return Poll::Pending };
        match value.and_then(|payload| Ok(payload.decode()?)) {
            Ok(value) => Poll::Ready(value),
            Err(failure) => {
                self.shared.end_with(Event::ExecutionFailed { failure });
                Poll::Pending
            }
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> DurableFuture for SideEffect<T> {}
