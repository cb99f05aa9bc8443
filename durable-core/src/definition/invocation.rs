//! A typed call that has not happened yet.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Activity, Definition, Orchestrator, ReusePolicy, StartOptions, StartTime};
use crate::client::ClientError;
use crate::failure::{CallError, Failure};
use crate::id::InstanceId;
use crate::payload::{Payload, PayloadError};
use crate::replay::RetryIf;
use crate::retry::RetryPolicy;
use crate::tags::Tags;
use crate::time::Timestamp;
use crate::trace::TraceContext;

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
    /// Whether it undoes what was done before: a compensation of a saga.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compensates: bool,
}

impl CallOptions {
    /// No retry, no limit: the default, usable in constants.
    pub const fn new() -> Self {
        Self { retry: None, timeout: None, total_timeout: None, heartbeat_timeout: None, compensates: false }
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
    retry_if: Option<RetryIf>,
    /// Boxed: a call, which needs none of it, stays small.
    start: Option<Box<StartOptions>>,
    definition: PhantomData<fn() -> D>,
}

/// What an invocation is made of.
pub(crate) struct InvocationParts {
    pub(crate) input: Result<Payload, PayloadError>,
    pub(crate) options: CallOptions,
    pub(crate) instance_id: Option<String>,
    pub(crate) retry_if: Option<RetryIf>,
    pub(crate) start: Option<Box<StartOptions>>,
}

/// What [`Invocation::into_start`] gives.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct InvocationStart {
    pub input: Payload,
    pub version: String,
    pub id: Option<InstanceId>,
    pub tags: Tags,
    pub start_at: Option<Timestamp>,
}

impl InvocationParts {
    /// The version that is asked for, or the definition's own.
    pub(crate) fn version<D: Definition>(&self) -> String {
        let asked_for = self.start.as_ref().and_then(|start| start.version.clone());
        asked_for.unwrap_or_else(|| D::VERSION.to_owned())
    }
}

impl<D: Definition> Invocation<D> {
    /// Records the arguments: one JSON array, in the order of the parameters.
    #[doc(hidden)]
    pub fn new<A: Serialize>(arguments: &A) -> Self {
        Self {
            input: Payload::encode(arguments),
            options: D::options(),
            instance_id: None,
            retry_if: None,
            start: None,
            definition: PhantomData,
        }
    }

    /// The recorded arguments, or why they could not be recorded.
    pub fn input(&self) -> Result<&Payload, &PayloadError> {
        self.input.as_ref()
    }

    pub(crate) fn has_instance_id(&self) -> bool {
        self.instance_id.is_some()
    }

    pub(crate) fn into_parts(self) -> InvocationParts {
        InvocationParts {
            input: self.input,
            options: self.options,
            instance_id: self.instance_id,
            retry_if: self.retry_if,
            start: self.start,
        }
    }

    /// What a start is made of that is made at `now`: for drivers outside of this crate that start
    /// orchestrations without a client (the test hub).
    ///
    /// # Errors
    ///
    /// As [`Client::start`](crate::client::Client::start) for arguments, id and tags.
    #[doc(hidden)]
    pub fn into_start(self, now: Timestamp) -> Result<InvocationStart, ClientError> {
        let parts = self.into_parts();
        let version = parts.version::<D>();
        let start = parts.start.unwrap_or_default();
        Ok(InvocationStart {
            input: parts.input?,
            version,
            id: parts.instance_id.map(InstanceId::new).transpose()?,
            tags: start.tags()?,
            start_at: start.start.map(|at| at.from(now)),
        })
    }

    /// It undoes what was done before.
    pub(crate) fn compensating(mut self) -> Self {
        self.options.compensates = true;
        self
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

    /// Another version than the definition's own; an instance keeps the version it began with.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.start_options().version = Some(version.into());
        self
    }

    /// Starts at this time and not before; for `client.start(..)`.
    pub fn start_at(mut self, at: Timestamp) -> Self {
        self.start_options().start = Some(StartTime::At(at));
        self
    }

    /// Starts so long after the call of `client.start(..)`, and not before.
    pub fn start_after(mut self, delay: Duration) -> Self {
        self.start_options().start = Some(StartTime::After(delay));
        self
    }

    /// A label to find the instance by; for `client.start(..)`. May be called several times; a tag
    /// of the same name is replaced. Checked when it is started
    /// ([`ClientError::InvalidTag`](crate::client::ClientError::InvalidTag)).
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.start_options().tag(name, value);
        self
    }

    /// Makes `client.start(..)` idempotent: the same start sent again with the same id has no
    /// second effect, for [`REQUEST_RETENTION`](crate::limits::REQUEST_RETENTION), also when the
    /// instance has been purged meanwhile.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.start_options().request_id = Some(id.into());
        self
    }

    /// Which holder of its id `client.start(..)` may replace; one that has finished unless given.
    pub fn reuse(mut self, policy: ReusePolicy) -> Self {
        self.start_options().reuse = policy;
        self
    }

    /// The W3C trace context under which `client.start(..)` starts it, instead of what
    /// [`Client::with_trace_source`](crate::client::Client::with_trace_source) says.
    pub fn traceparent(mut self, of: TraceContext) -> Self {
        self.start_options().trace = Some(of);
        self
    }

    fn start_options(&mut self) -> &mut StartOptions {
        self.start.get_or_insert_default()
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

/// What would have to be true of a definition whose invocation is awaited without `ctx.call(..)`.
/// It is true of none.
#[diagnostic::on_unimplemented(
    message = "`{Self}(..)` is awaited but not scheduled: it is no durable operation [D0016]",
    label = "write `ctx.call({Self}(..)).await`",
    note = "why: calling an activity or orchestrator by its name only describes the call; the context makes it happen",
    note = "help: write `ctx.call({Self}(..)).await`",
    note = "more: `cargo durable explain D0016`"
)]
pub trait AwaitedAsItIs {}

impl<D: Definition> Invocation<D> {
    /// Found before the await gate's method of the same name: the message can name the mistake.
    #[doc(hidden)]
    pub fn __durable_await(self) -> UnscheduledInvocation<D>
    where
        D: AwaitedAsItIs,
    {
        UnscheduledInvocation(PhantomData)
    }
}

impl<D: Definition> IntoFuture for Invocation<D> {
    type Output = Result<D::Ok, CallError<D::Err>>;
    type IntoFuture = UnscheduledInvocation<D>;
    fn into_future(self) -> Self::IntoFuture {
        UnscheduledInvocation(PhantomData)
    }
}
