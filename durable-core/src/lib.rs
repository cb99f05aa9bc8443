//! The engine of `durable`: definitions, replay, the store contract, worker and client.
//!
//! Users depend on the facade crate `durable`; this crate is for authors of stores and tools. It
//! knows no SQL, no HTTP and no file system. ARCHITECTURE.md in the repository is the map.

pub mod client;
pub mod context;
pub mod definition;
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
mod time;
pub mod worker;

#[doc(hidden)]
pub use macro_support as __private;

pub use context::{
    ActivityContext, ActivityInfo, BoxFuture, Data, DurableFuture, DurableFutureExt, OrchestrationContext, join_all,
    try_join_all,
};
pub use definition::{
    Activity, CallOptions, Definition, DefinitionKind, Invocation, Orchestrator, Outcome, Registration, Registry,
    RegistryError,
};
pub use failure::{CallError, Error, Failure, FailureKind, Result};
pub use id::{
    EventSeq, ExecutionId, InstanceId, InstanceKey, InvalidInstanceId, LeaseEpoch, MessageId, TaskId, WorkerId,
};
pub use payload::{Payload, PayloadError};
pub use replay::Random;
pub use retry::RetryPolicy;
pub use time::Timestamp;

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
