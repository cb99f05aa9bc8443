//! Durable orchestrations for Rust.
pub mod prelude;

pub use durable_core::client::{Client, ClientError, InstanceHandle, InstanceStatus, Run, RunError};
pub use durable_core::store::{self, MemoryStore, Status, Store, StoreError, StoreErrorKind};
pub use durable_core::worker::{StartError, Worker, WorkerBuilder};
pub use durable_core::{
    Activity, ActivityContext, ActivityInfo, BoxFuture, CallError, CallOptions, Data, Definition, DefinitionKind,
    DurableFuture, DurableFutureExt, Error, EventSeq, ExecutionId, Failure, FailureKind, InstanceId, InstanceKey,
    InvalidInstanceId, Invocation, OrchestrationContext, Orchestrator, Payload, PayloadError, Random, Registration,
    Registry, RegistryError, Result, RetryPolicy, TaskId, Timestamp, history, join, join_all, limits, try_join_all,
};
#[cfg(feature = "macros")]
pub use durable_macros::{activity, helper, orchestrator};
#[cfg(feature = "sqlite")]
pub use durable_sqlite::SqliteStore;

#[doc(hidden)]
pub use durable_core::__private;
