//! A typed call that has not happened yet.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Activity, Definition, Orchestrator};
use crate::failure::{CallError, Failure};
use crate::payload::{Payload, PayloadError};
use crate::replay::RetryIf;
use crate::retry::RetryPolicy;
use crate::time::Timestamp;

/// How a call runs. Recorded with the call, and compared at replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallOptions {
    /// Whether and when a failed attempt is followed by another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// How long one attempt may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// How long all attempts and the delays between them may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_timeout: Option<Duration>,
    /// How long one attempt may go without a heartbeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_timeout: Option<Duration>,
}

impl CallOptions {
    /// No retry, no limit: the default, usable in constants.
    pub const fn new() -> Self {
        Self { retry: None, timeout: None, total_timeout: None, heartbeat_timeout: None }
    }

    /// With this retry policy.
    #[must_use]
    pub const fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// With this limit on one attempt.
    #[must_use]
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Nothing asked for.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A typed call, inert until it is given to `ctx.call(..)` or `client.start(..)`.
///
/// It is what an annotated function returns: `charge(&order)` records the arguments and runs
/// nothing.
#[must_use = "an invocation does nothing until it is given to `ctx.call(..)` or `client.start(..)`"]
pub struct Invocation<D> {
    input: Result<Payload, PayloadError>,
    options: CallOptions,
    instance_id: Option<String>,
    start_at: Option<Timestamp>,
    retry_if: Option<RetryIf>,
    definition: PhantomData<fn() -> D>,
}

/// What an invocation is made of.
pub(crate) struct InvocationParts {
    pub(crate) input: Result<Payload, PayloadError>,
    pub(crate) options: CallOptions,
    pub(crate) instance_id: Option<String>,
    pub(crate) start_at: Option<Timestamp>,
    pub(crate) retry_if: Option<RetryIf>,
}

impl<D: Definition> Invocation<D> {
    /// Records the arguments: one JSON array, in the order of the parameters.
    #[doc(hidden)]
    pub fn new<A: Serialize>(arguments: &A) -> Self {
        Self {
            input: Payload::encode(arguments),
            options: D::options(),
            instance_id: None,
            start_at: None,
            retry_if: None,
            definition: PhantomData,
        }
    }

    /// The recorded arguments, or why they could not be recorded.
    pub fn input(&self) -> Result<&Payload, &PayloadError> {
        self.input.as_ref()
    }

    pub(crate) fn into_parts(self) -> InvocationParts {
        InvocationParts {
            input: self.input,
            options: self.options,
            instance_id: self.instance_id,
            start_at: self.start_at,
            retry_if: self.retry_if,
        }
    }

    /// Arguments, chosen id and time of a start: for drivers outside of this crate that start
    /// orchestrations without a client (the test hub).
    #[doc(hidden)]
    pub fn into_start(self) -> (Result<Payload, PayloadError>, Option<String>, Option<Timestamp>) {
        let parts = self.into_parts();
        (parts.input, parts.instance_id, parts.start_at)
    }

    /// Tries again when it fails, instead of what the attribute says.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = Some(policy);
        self
    }

    /// Which of its own errors are worth another attempt; all unless given. The closure is code,
    /// not history: it must follow from the error alone.
    pub fn retry_if(mut self, worth_it: impl Fn(&D::Err) -> bool + Send + Sync + 'static) -> Self {
        self.retry_if = Some(Arc::new(move |failure: &Failure| {
            failure.details.as_ref().and_then(|d| d.decode().ok()).is_none_or(|e| worth_it(&e))
        }));
        self
    }
}

impl<D: Activity> Invocation<D> {
    /// Gives up one attempt after this long, instead of what the attribute says. The time of an
    /// activity runs from when it has a slot on its worker.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options.timeout = Some(limit);
        self
    }

    /// Makes no attempt that would begin later than this after the first, and gives up the one that
    /// runs at that time.
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.options.total_timeout = Some(limit);
        self
    }

    /// Gives up an attempt that calls `ctx.heartbeat()` less often than this.
    pub fn heartbeat_timeout(mut self, limit: Duration) -> Self {
        self.options.heartbeat_timeout = Some(limit);
        self
    }
}

impl<D: Orchestrator> Invocation<D> {
    /// The id of the instance, instead of a generated one. Checked when it is started.
    pub fn instance_id(mut self, id: impl Into<String>) -> Self {
        self.instance_id = Some(id.into());
        self
    }

    /// Starts at this time and not before; for `client.start(..)`.
    pub fn start_at(mut self, at: Timestamp) -> Self {
        self.start_at = Some(at);
        self
    }
}

impl<D: Definition> fmt::Debug for Invocation<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation").field("name", &D::NAME).field("input", &self.input).finish_non_exhaustive()
    }
}

/// What an orchestrator gets that awaits an [`Invocation`] without `ctx.call(..)`: a future
/// that is not durable, so that the compiler names the mistake.
pub struct UnscheduledInvocation<D>(PhantomData<fn() -> D>);

impl<D: Definition> Future for UnscheduledInvocation<D> {
    type Output = Result<D::Ok, CallError<D::Err>>;
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Err(CallError::Invalid(format!(
            "`{}` was awaited without being scheduled: write `ctx.call({}(..)).await`",
            D::NAME,
            D::NAME
        ))))
    }
}

impl<D: Definition> IntoFuture for Invocation<D> {
    type Output = Result<D::Ok, CallError<D::Err>>;
    type IntoFuture = UnscheduledInvocation<D>;
    fn into_future(self) -> Self::IntoFuture {
        UnscheduledInvocation(PhantomData)
    }
}
