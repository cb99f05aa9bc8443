//! What the attribute macros expand to, and nothing else. No promise of stability.

mod value_gate;

pub use value_gate::*;

use std::fmt::{Debug, Display};
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::{ActivityContext, DurableFuture, OrchestrationContext};
pub use crate::definition::{CallOptions, DataType, Outcome, Registration, SourceLocation};
use crate::definition::{Code, Definition, Orchestrator};
use crate::failure::{Error, Failure, FailureKind, causes_of};
use crate::payload::Payload;

#[cfg(feature = "inventory")]
pub use crate::definition::Collected;
#[cfg(feature = "inventory")]
pub use inventory;

// ------------------------------------------------------------------ the await gate

pin_project_lite::pin_project! {
    /// An async block of an orchestrator or helper: every await in it went through the gate.
    pub struct Block<F> {
        #[pin]
        future: F,
    }
}

/// Vouches for an async block whose awaits the macro has gated.
pub fn block<F: Future>(future: F) -> Block<F> {
    Block { future }
}

impl<F: Future> Future for Block<F> {
    type Output = F::Output;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}

#[diagnostic::do_not_recommend]
impl<F: Future> DurableFuture for Block<F> {}

/// `x.await` becomes `x.__durable_await().await`. The bound is on the method, not on the impl,
/// so that a foreign future gives the message of [`DurableFuture`] and not "no method found".
pub trait Gate: Sized {
    #[doc(hidden)]
    fn __durable_await(self) -> <Self as IntoFuture>::IntoFuture
    where
        Self: IntoFuture,
        Self::IntoFuture: DurableFuture,
    {
        self.into_future()
    }
}

impl<F> Gate for F {}

/// The gate as a function, for the arguments of `durable::join!` and its like.
pub fn gated<F>(future: F) -> F::IntoFuture
where
    F: IntoFuture,
    F::IntoFuture: DurableFuture,
{
    future.into_future()
}

/// What `durable::trust!` runs: a function of its own, so that a check of the object code can see
/// where it ends.
#[inline(never)]
pub fn trusted<T>(expression: impl FnOnce() -> T) -> T {
    crate::exempt::exempt(expression)
}

/// What `durable::info!` does.
pub fn log(ctx: &OrchestrationContext, message: std::fmt::Arguments<'_>) {
    if !ctx.is_replaying() {
        tracing::info!(instance = ctx.instance_id(), orchestrator = ctx.name(), "{message}");
    }
}

// ------------------------------------------------------------------ registration

/// An activity ready to be registered.
pub fn activity<D, F, R>(version: &'static str, at: SourceLocation, needs: Vec<DataType>, run: F) -> Registration
where
    D: Definition,
    F: Fn(ActivityContext, Payload) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Payload, Failure>> + Send + 'static,
{
    Registration::new(
        D::NAME,
        version,
        at,
        Code::Activity(Arc::new(move |ctx, input| Box::pin(run(ctx, input))), needs),
    )
}

/// An orchestrator ready to be registered.
pub fn orchestrator<D, F, R>(at: SourceLocation, run: F) -> Registration
where
    D: Orchestrator,
    F: Fn(OrchestrationContext, Payload) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Payload, Failure>> + 'static,
{
    Registration::new(
        D::NAME,
        D::VERSION,
        at,
        Code::Orchestrator(Arc::new(move |ctx, input| Box::pin(run(ctx, input)))),
    )
}

/// The recorded arguments as the tuple of parameters that they were.
pub fn arguments<A: DeserializeOwned>(name: &str, input: &Payload) -> Result<A, Failure> {
    input.decode().map_err(|e| {
        Failure::new(FailureKind::Codec, format!("the input of `{name}` does not fit its parameters: {e}"))
    })
}

/// The value as it is recorded.
pub fn success<T: Serialize>(value: &T) -> Result<Payload, Failure> {
    Payload::encode(value).map_err(Failure::from)
}

/// The error as it is recorded. [`Error`] may be marked as not worth another attempt.
pub fn failure<E: Serialize + 'static>(error: &E, (message, causes): (String, Vec<String>)) -> Failure {
    let own = (error as &dyn std::any::Any).downcast_ref::<Error>();
    let non_retryable = own.is_some_and(Error::is_non_retryable);
    Failure { non_retryable, ..Failure::application(error, message, causes) }
}

/// Finds the best words for an error that may or may not be `Display`: call
/// `(&&&&Describe(&error)).describe()`. Method lookup takes the first of the four traits below
/// that fits (autoref specialization), so a derive of `Debug` is all that a user's error needs.
pub struct Describe<'a, E>(pub &'a E);

/// [`Error`] keeps its own chain.
pub trait DescribeOwn {
    #[doc(hidden)]
    fn describe(&self) -> (String, Vec<String>);
}
impl DescribeOwn for &&&Describe<'_, Error> {
    fn describe(&self) -> (String, Vec<String>) {
        (self.0.message().to_owned(), self.0.causes().to_vec())
    }
}

/// A `std::error::Error` has a chain of sources.
pub trait DescribeError {
    #[doc(hidden)]
    fn describe(&self) -> (String, Vec<String>);
}
impl<E: std::error::Error> DescribeError for &&Describe<'_, E> {
    fn describe(&self) -> (String, Vec<String>) {
        (self.0.to_string(), causes_of(self.0))
    }
}

/// Something printable.
pub trait DescribeDisplay {
    #[doc(hidden)]
    fn describe(&self) -> (String, Vec<String>);
}
impl<E: Display> DescribeDisplay for &Describe<'_, E> {
    fn describe(&self) -> (String, Vec<String>) {
        (self.0.to_string(), Vec::new())
    }
}

/// Whatever is left.
pub trait DescribeDebug {
    #[doc(hidden)]
    fn describe(&self) -> (String, Vec<String>);
}
impl<E: Debug> DescribeDebug for Describe<'_, E> {
    fn describe(&self) -> (String, Vec<String>) {
        (format!("{:?}", self.0), Vec::new())
    }
}

/// Everything that generated code needs in scope by method name.
pub mod traits {
    pub use super::{
        DescribeDebug as _, DescribeDisplay as _, DescribeError as _, DescribeOwn as _, Fine as _, Gate as _,
        ProbeContents as _, ProbeElapsed as _, ProbeFrom as _, ProbeHandle as _, ProbeIteration as _, ProbePath as _,
        ProbeValue as _,
    };
}

/// Hands a definition to `register_all()`.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit {
    ($definition:path) => {
        $crate::__private::inventory::submit! { $crate::__private::Collected($definition) }
    };
}

/// Without the feature `inventory` there is nothing to hand it to.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit {
    ($definition:path) => {};
}
pub use crate::__submit as submit;
