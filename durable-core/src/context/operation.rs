//! The futures that the orchestration context hands out.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use serde::de::DeserializeOwned;

use crate::context::DurableFuture;
use crate::definition::Definition;
use crate::failure::{CallError, Error, FailureKind};
use crate::id::TaskId;
use crate::payload::PayloadError;
use crate::replay::{Resolved, Shared};

/// A scheduled operation. Dropping it before it has a result cancels it.
pub(super) struct Operation {
    shared: Rc<Shared>,
    /// `None` if it was made while no turn runs (by a destructor): it never resolves.
    id: Option<TaskId>,
}

impl Operation {
    pub(super) fn new(shared: Rc<Shared>, id: Option<TaskId>) -> Self {
        Self { shared, id }
    }

    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<Resolved> {
        self.id.map_or(Poll::Pending, |id| self.shared.poll_operation(id, cx.waker()))
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.shared.drop_operation(id);
        }
    }
}

/// The result of an activity or a sub-orchestration, some day: what `ctx.call(..)` returns.
///
/// The call is scheduled already. Dropping this before it has a result cancels the call: the
/// running activity sees its cancellation token and its result is discarded; a sub-orchestration
/// is terminated. So `let _ = ctx.call(..)` is *not* fire-and-forget:
/// [`OrchestrationContext::start_detached`](crate::OrchestrationContext::start_detached) is.
#[must_use = "dropping a call cancels it: await it, or keep it in a variable until it is awaited"]
pub struct Call<D: Definition> {
    state: CallState,
    definition: PhantomData<fn() -> D>,
}

enum CallState {
    Scheduled(Operation),
    /// The arguments could not be recorded, so nothing was scheduled.
    Invalid(PayloadError),
    Done,
}

impl<D: Definition> Call<D> {
    pub(super) fn scheduled(shared: Rc<Shared>, id: Option<TaskId>) -> Self {
        Self { state: CallState::Scheduled(Operation::new(shared, id)), definition: PhantomData }
    }

    pub(super) fn invalid(error: PayloadError) -> Self {
        Self { state: CallState::Invalid(error), definition: PhantomData }
    }
}

impl<D: Definition> Future for Call<D> {
    type Output = Result<D::Ok, CallError<D::Err>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let output = match &self.state {
            CallState::Scheduled(operation) => match operation.poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Resolved::Call(Ok(payload))) => {
                    payload.decode().map_err(|e| CallError::Invalid(format!("the result of `{}`: {e}", D::NAME)))
                }
                Poll::Ready(Resolved::Call(Err(failure))) => Err(failure.into()),
                Poll::Ready(Resolved::Timer | Resolved::Event(..)) => return Poll::Pending,
            },
            CallState::Invalid(e) => Err(CallError::Invalid(format!("the arguments of `{}`: {e}", D::NAME))),
            CallState::Done => return Poll::Pending,
        };
        self.state = CallState::Done;
        Poll::Ready(output)
    }
}

#[diagnostic::do_not_recommend]
impl<D: Definition> DurableFuture for Call<D> {}

/// The result of an activity or a sub-orchestration that was called by name, some day: what
/// [`OrchestrationContext::call_by_name`](crate::OrchestrationContext::call_by_name) returns.
/// Dropping it cancels the call, as for [`Call`].
#[must_use = "dropping a call cancels it: await it, or keep it in a variable until it is awaited"]
pub struct CallByName<T> {
    state: CallState,
    name: Box<str>,
    value: PhantomData<fn() -> T>,
}

impl<T> CallByName<T> {
    pub(super) fn scheduled(shared: Rc<Shared>, id: Option<TaskId>, name: &str) -> Self {
        Self { state: CallState::Scheduled(Operation::new(shared, id)), name: name.into(), value: PhantomData }
    }

    pub(super) fn invalid(error: PayloadError, name: &str) -> Self {
        Self { state: CallState::Invalid(error), name: name.into(), value: PhantomData }
    }
}

impl<T: DeserializeOwned> Future for CallByName<T> {
    type Output = Result<T, CallError<Error>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let output = match &self.state {
            CallState::Scheduled(operation) => match operation.poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Resolved::Call(Ok(payload))) => {
                    payload.decode().map_err(|e| CallError::Invalid(format!("the result of `{}`: {e}", self.name)))
                }
                // Whatever type the error has: its text is recorded beside it.
                Poll::Ready(Resolved::Call(Err(failure))) if failure.kind == FailureKind::Application => {
                    Err(CallError::Failed(Error::of_failure(failure)))
                }
                Poll::Ready(Resolved::Call(Err(failure))) => Err(failure.into()),
                Poll::Ready(Resolved::Timer | Resolved::Event(..)) => return Poll::Pending,
            },
            CallState::Invalid(e) => Err(CallError::Invalid(format!("the arguments of `{}`: {e}", self.name))),
            CallState::Done => return Poll::Pending,
        };
        self.state = CallState::Done;
        Poll::Ready(output)
    }
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> DurableFuture for CallByName<T> {}

/// A durable timer: what `ctx.timer(..)` returns. Dropping it before it fires cancels it.
#[must_use = "a timer that is dropped is cancelled: await it"]
pub struct Timer {
    operation: Option<Operation>,
}

impl Timer {
    pub(super) fn scheduled(shared: Rc<Shared>, id: Option<TaskId>) -> Self {
        Self { operation: Some(Operation::new(shared, id)) }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(operation) = &self.operation else { return Poll::Pending };
        match operation.poll(cx) {
            Poll::Ready(_) => {
                self.operation = None;
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

#[diagnostic::do_not_recommend]
impl DurableFuture for Timer {}
