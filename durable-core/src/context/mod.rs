//! What user code sees: contexts, durable futures, combinators.

mod activity;
mod data;
mod durable_future;
mod join;
mod operation;
mod orchestration;

pub use activity::{ActivityContext, ActivityInfo, CancelSignal};
pub use data::Data;
pub use durable_future::{BoxFuture, DurableFuture, DurableFutureExt};
pub use join::{Branch, Join, JoinAll, JoinTuple, TryJoinAll, join_all, try_join_all};
pub use operation::{Call, Timer};
pub use orchestration::OrchestrationContext;
