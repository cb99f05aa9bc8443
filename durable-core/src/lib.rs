//! The engine of `durable`: definitions, replay, the store contract, worker and client.
//!
//! Users depend on the facade crate `durable`; this crate is for authors of stores and tools. It
//! knows no SQL, no HTTP and no file system. ARCHITECTURE.md in the repository is the map.

pub mod client;
pub mod context;
pub mod definition;
mod exempt;
mod failure;
pub mod history;
mod id;
pub mod limits;
#[doc(hidden)]
pub mod macro_support;
mod payload;
pub mod replay;
mod retry;
pub mod store;
mod tags;
mod time;
mod trace;
pub mod worker;

#[doc(hidden)]
pub use macro_support as __private;

pub use context::{
    ActivityContext, ActivityInfo, AsCompleted, BoxFuture, Call, CallByName, CheckedEventWait, ContinueAsNew, Data,
    DurableFuture, DurableFutureExt, EventWait, EventWaitTimeout, JoinAll, OrchestrationContext, Saga, SagaError,
    SelectAll, SideEffect, Timer, TryJoinAll, as_completed, join_all, select_all, try_join_all,
};
pub use definition::{
    Activity, CallOptions, Definition, DefinitionKind, Invocation, Orchestrator, Outcome, Registration, Registry,
    RegistryError, ReusePolicy, UnscheduledInvocation,
};
pub use exempt::is_exempt;
pub use failure::{CallError, Error, Failure, FailureKind, Result};
pub use id::{
    EventSeq, ExecutionId, InstanceId, InstanceKey, InvalidInstanceId, InvalidRequestId, LeaseEpoch, MessageId,
    RequestId, TaskId, WorkerId,
};
pub use payload::{Payload, PayloadError};
pub use replay::Random;
pub use retry::RetryPolicy;
pub use tags::{InvalidTag, Tags};
pub use time::Timestamp;
pub use trace::{InvalidTraceContext, TraceContext};

/// Waits for several durable futures; gives the tuple of their outputs.
///
/// ```text
/// let (stock, price) = durable::join!(ctx.call(check_stock(&order)), ctx.call(get_price(&order)));
/// ```
///
/// All run at the same time. Up to eight; for more, or for a number known only at run time, use
/// [`join_all`].
#[macro_export]
macro_rules! join {
    ($($future:expr),+ $(,)?) => {
        $crate::context::Join::new(($($crate::context::Branch::new($crate::__private::gated($future)),)+)).await
    };
}

/// Waits for the first of several durable futures and runs its branch; the others are dropped, and
/// so cancelled. The earliest event in history wins; of branches that are ready at once, the
/// topmost.
///
/// ```text
/// let decision = durable::select! {
///     d = ctx.event::<Decision>("decision") => d,
///     _ = ctx.timer(Duration::from_secs(72 * 3600)) => Decision::Expired,
/// };
/// ```
///
/// Up to six branches. A branch may be `&mut future`, which goes on to exist when another wins:
/// a timer that is made once and selected on in a loop.
#[macro_export]
macro_rules! select {
    ($p1:pat = $f1:expr => $b1:expr $(,)?) => {
        match $crate::__select!(Select1: $f1) {
            $crate::context::select::Either1::A($p1) => $b1,
        }
    };
    ($p1:pat = $f1:expr => $b1:expr, $p2:pat = $f2:expr => $b2:expr $(,)?) => {
        match $crate::__select!(Select2: $f1, $f2) {
            $crate::context::select::Either2::A($p1) => $b1,
            $crate::context::select::Either2::B($p2) => $b2,
        }
    };
    ($p1:pat = $f1:expr => $b1:expr, $p2:pat = $f2:expr => $b2:expr, $p3:pat = $f3:expr => $b3:expr $(,)?) => {
        match $crate::__select!(Select3: $f1, $f2, $f3) {
            $crate::context::select::Either3::A($p1) => $b1,
            $crate::context::select::Either3::B($p2) => $b2,
            $crate::context::select::Either3::C($p3) => $b3,
        }
    };
    ($p1:pat = $f1:expr => $b1:expr, $p2:pat = $f2:expr => $b2:expr, $p3:pat = $f3:expr => $b3:expr,
     $p4:pat = $f4:expr => $b4:expr $(,)?) => {
        match $crate::__select!(Select4: $f1, $f2, $f3, $f4) {
            $crate::context::select::Either4::A($p1) => $b1,
            $crate::context::select::Either4::B($p2) => $b2,
            $crate::context::select::Either4::C($p3) => $b3,
            $crate::context::select::Either4::D($p4) => $b4,
        }
    };
    ($p1:pat = $f1:expr => $b1:expr, $p2:pat = $f2:expr => $b2:expr, $p3:pat = $f3:expr => $b3:expr,
     $p4:pat = $f4:expr => $b4:expr, $p5:pat = $f5:expr => $b5:expr $(,)?) => {
        match $crate::__select!(Select5: $f1, $f2, $f3, $f4, $f5) {
            $crate::context::select::Either5::A($p1) => $b1,
            $crate::context::select::Either5::B($p2) => $b2,
            $crate::context::select::Either5::C($p3) => $b3,
            $crate::context::select::Either5::D($p4) => $b4,
            $crate::context::select::Either5::E($p5) => $b5,
        }
    };
    ($p1:pat = $f1:expr => $b1:expr, $p2:pat = $f2:expr => $b2:expr, $p3:pat = $f3:expr => $b3:expr,
     $p4:pat = $f4:expr => $b4:expr, $p5:pat = $f5:expr => $b5:expr, $p6:pat = $f6:expr => $b6:expr $(,)?) => {
        match $crate::__select!(Select6: $f1, $f2, $f3, $f4, $f5, $f6) {
            $crate::context::select::Either6::A($p1) => $b1,
            $crate::context::select::Either6::B($p2) => $b2,
            $crate::context::select::Either6::C($p3) => $b3,
            $crate::context::select::Either6::D($p4) => $b4,
            $crate::context::select::Either6::E($p5) => $b5,
            $crate::context::select::Either6::F($p6) => $b6,
        }
    };
}

/// The wait of a `select!`.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    ($select:ident: $($future:expr),+) => {
        $crate::context::select::$select($(::std::boxed::Box::pin($crate::__private::gated($future))),+).await
    };
}

/// Logs from an orchestrator at level info, silent while it replays. Like `tracing::info!` with
/// the context first.
#[macro_export]
macro_rules! info {
    ($ctx:expr, $($message:tt)+) => {
        $crate::__private::log(&$ctx, ::core::format_args!($($message)+))
    };
}

/// Switches the determinism checks off for one expression, with the reason why it is safe.
///
/// ```
/// const TABLE: [u32; 3] = [1, 2, 3];
/// assert_eq!(durable_core::trust!("reads a constant table", TABLE.get(1)), Some(&2));
/// ```
#[macro_export]
macro_rules! trust {
    ($reason:literal, $expression:expr $(,)?) => {
        $crate::__private::trusted(|| $expression)
    };
}
