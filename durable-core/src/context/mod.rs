//! What user code sees: contexts, durable futures, combinators.

mod activity;
mod data;
mod durable_future;
mod event_wait;
mod join;
mod operation;
mod orchestration;
mod saga;
pub mod select;

pub use activity::{ActivityContext, ActivityInfo, CancelSignal};
pub use data::Data;
pub use durable_future::{BoxFuture, DurableFuture, DurableFutureExt};
pub use event_wait::{CheckedEventWait, ContinueAsNew, EventWait, EventWaitTimeout, SideEffect};
pub use join::{Branch, Join, JoinAll, JoinTuple, TryJoinAll, join_all, try_join_all};
pub use operation::{Call, CallByName, Timer};
pub use orchestration::OrchestrationContext;
pub use saga::{Saga, SagaError};
pub use select::{AsCompleted, SelectAll, as_completed, select_all};
