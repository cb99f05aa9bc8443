//! What a program that uses `durable` needs in scope: `use durable::prelude::*;`

#[cfg(feature = "sqlite")]
pub use crate::SqliteStore;
pub use crate::{
    ActivityContext, CallError, Client, DurableFutureExt, MemoryStore, OrchestrationContext, Result, RetryPolicy,
    RunError, Status, Worker,
};
#[cfg(feature = "macros")]
pub use crate::{activity, orchestrator};
