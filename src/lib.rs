//! Durable orchestrations for Rust: plain async functions that survive crashes, on one SQLite
//! file.
//!
//! # A tutorial
//!
//! An **activity** does work. It is a plain async function and may do anything. An
//! **orchestrator** says what is to be done and in which order; it is replayed from its history
//! after a crash, so it does nothing itself but ask its context.
//!
//! ```standalone_crate
//! use durable::prelude::*;
//!
//! #[activity]
//! async fn say_hello(city: &str) -> Result<String> {
//!     Ok(format!("Hello {city}!"))
//! }
//!
//! #[orchestrator]
//! async fn hello_cities(ctx: &OrchestrationContext, cities: Vec<String>) -> Result<Vec<String>> {
//!     let mut greetings = Vec::new();
//!     for city in &cities {
//!         greetings.push(ctx.call(say_hello(city)).await?);
//!     }
//!     Ok(greetings)
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! # let dir = tempfile::tempdir()?;
//! # std::env::set_current_dir(dir.path())?;
//! let store = SqliteStore::open("hello.db").await?;
//! let worker = Worker::builder(store).register_all().start().await?;
//! let run = worker.client().start(hello_cities(vec!["Tokyo".into(), "Oslo".into()])).await?;
//! assert_eq!(run.result().await?, ["Hello Tokyo!", "Hello Oslo!"]);
//! worker.shutdown().await?;
//! # Ok(())
//! # }
//! ```
//!
//! `say_hello("Tokyo")` runs nothing: it builds a typed [`Invocation`]. [`OrchestrationContext::call`]
//! schedules it and returns a future. Arguments and results are recorded as JSON through serde;
//! reference parameters are recorded owned. `say_hello::run("Tokyo").await` runs the function
//! directly, as a unit test would.
//!
//! # In parallel
//!
//! A call is scheduled when `ctx.call(..)` is evaluated, so two calls made before the first
//! `.await` run at the same time. For many, with a bound:
//!
//! ```
//! use durable::prelude::*;
//!
//! #[activity]
//! async fn copy_file(file: &str) -> Result<u64> {
//!     Ok(file.len() as u64)
//! }
//!
//! #[orchestrator]
//! async fn backup(ctx: &OrchestrationContext, files: Vec<String>) -> Result<u64> {
//!     let copies = files.iter().map(|f| ctx.call(copy_file(f)));
//!     let sizes = durable::try_join_all(copies).limit(50).await?;
//!     Ok(sizes.iter().sum())
//! }
//! #
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! # let worker = Worker::builder(MemoryStore::new()).register_all().start().await?;
//! # let files = (0..100).map(|n| format!("file-{n}")).collect();
//! # assert_eq!(worker.client().start(backup(files)).await?.result().await?, 690);
//! # Ok(())
//! # }
//! ```
//!
//! Dropping a call before it has a result cancels it; `let _ = ctx.call(..)` is not
//! fire-and-forget.
//!
//! # Errors, retries, time
//!
//! An activity's own error reaches the orchestrator as it is, apart from the ways in which a call
//! can fail without one ([`CallError`]). Retries and time limits stand in the attribute or on the
//! call; delays are durable.
//!
//! ```
//! use std::time::Duration;
//! use durable::prelude::*;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! enum ChargeError {
//!     CardDeclined,
//! }
//!
//! #[activity(retry(max_attempts = 3, first = "10ms", backoff = 2.0), timeout = "30s")]
//! async fn charge(ctx: &ActivityContext, cents: u64) -> Result<String, ChargeError> {
//!     let key = ctx.idempotency_key(); // the same over all attempts
//!     if cents > 1_000 { Err(ChargeError::CardDeclined) } else { Ok(key) }
//! }
//!
//! #[orchestrator]
//! async fn buy(ctx: &OrchestrationContext, cents: u64) -> Result<String> {
//!     ctx.timer(Duration::from_millis(20)).await;
//!     match ctx.call(charge(cents)).await {
//!         Ok(_receipt) => Ok("bought".to_owned()),
//!         Err(CallError::Failed(ChargeError::CardDeclined)) => Ok("declined".to_owned()),
//!         Err(other) => Err(other.into()),
//!     }
//! }
//! #
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! # let worker = Worker::builder(MemoryStore::new()).register_all().start().await?;
//! # assert_eq!(worker.client().start(buy(5_000)).await?.result().await?, "declined");
//! # assert_eq!(worker.client().start(buy(5)).await?.result().await?, "bought");
//! # Ok(())
//! # }
//! ```
//!
//! # Waiting for people and for others
//!
//! A client raises external events; an orchestrator waits for them, with a limit if it likes. The
//! loser of a [`select!`] is cancelled. Timers last through restarts, for years if need be.
//!
//! ```
//! use std::time::Duration;
//! use durable::prelude::*;
//!
//! #[orchestrator]
//! async fn approval(ctx: &OrchestrationContext, amount: u64) -> Result<String> {
//!     let decision = durable::select! {
//!         approved = ctx.event::<bool>("decision") => if approved { "approved" } else { "rejected" },
//!         _ = ctx.timer(Duration::from_secs(3 * 24 * 3600)) => "expired",
//!     };
//!     Ok(format!("{amount}: {decision}"))
//! }
//! #
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! # let worker = Worker::builder(MemoryStore::new()).register_all().start().await?;
//! let client = worker.client();
//! let run = client.start(approval(100).instance_id("expense-7")).await?;
//! client.instance("expense-7").raise("Decision", &true).await?;
//! assert_eq!(run.result().await?, "100: approved");
//! # Ok(())
//! # }
//! ```
//!
//! # Orchestrations of orchestrations
//!
//! The same verb calls another orchestrator, as an instance of its own. [`OrchestrationContext::start_detached`]
//! starts one and does not wait; [`OrchestrationContext::continue_as_new`] goes on with an empty
//! history, for ever if need be; [`OrchestrationContext::saga`] undoes what was done when a later
//! step fails.
//!
//! ```
//! use durable::prelude::*;
//!
//! #[activity]
//! async fn book(what: &str, trip: u32) -> Result<String> {
//!     Ok(format!("{what}-{trip}"))
//! }
//!
//! #[activity]
//! async fn cancel(booking: &str) -> Result<()> {
//!     Ok(drop(booking.to_owned()))
//! }
//!
//! #[orchestrator]
//! async fn book_trip(ctx: &OrchestrationContext, trip: u32) -> Result<Vec<String>> {
//!     let mut saga = ctx.saga();
//!     let car = saga.step(ctx.call(book("car", trip)), |car| cancel(car)).await?;
//!     let hotel = saga.step(ctx.call(book("hotel", trip)), |hotel| cancel(hotel)).await?;
//!     Ok(vec![car, hotel])
//! }
//!
//! #[orchestrator]
//! async fn book_all(ctx: &OrchestrationContext, trips: Vec<u32>) -> Result<usize> {
//!     let booked = durable::try_join_all(trips.iter().map(|trip| ctx.call(book_trip(*trip)))).await?;
//!     Ok(booked.iter().map(Vec::len).sum())
//! }
//! #
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! # let worker = Worker::builder(MemoryStore::new()).register_all().start().await?;
//! # assert_eq!(worker.client().start(book_all(vec![1, 2, 3])).await?.result().await?, 6);
//! # Ok(())
//! # }
//! ```
//!
//! # Testing
//!
//! With the feature `testing`, `durable::testing::TestHub` runs orchestrations in memory under a clock
//! that skips: a 30-day timer takes no time. Activities are replaced by closures, events raised from
//! the test; `crash_everywhere` crashes a run at every commit, and `replay` runs saved histories against
//! new code.
//!
//! # What is promised
//!
//! Every acknowledged start and every recorded step survives `kill -9` and, with SQLite's
//! `synchronous=FULL`, power loss. An activity runs at least once, its result is recorded exactly
//! once. An orchestrator that no longer fits its history is parked, not failed. GUARANTEES.md
//! lists each promise and the test that shows it.

pub mod prelude;

pub use durable_core::client::{
    self, Client, ClientError, Counts, InstanceHandle, InstanceStatus, InstanceSummary, InvalidPageToken, Page,
    PageToken, PurgeReport, Query, Run, RunError, Untyped, WaitingFor, WorkerStatus,
};
pub use durable_core::store::{
    self, MemoryStore, Status, StatusSet, Store, StoreError, StoreErrorKind, StoreStatistics,
};
pub use durable_core::worker::{self, StartError, Worker, WorkerBuilder};
pub use durable_core::{
    Activity, ActivityContext, ActivityInfo, AsCompleted, BoxFuture, Call, CallByName, CallError, CallOptions,
    CheckedEventWait, ContinueAsNew, Data, Definition, DefinitionKind, DurableFuture, DurableFutureExt, Error,
    EventSeq, EventWait, EventWaitTimeout, ExecutionId, Failure, FailureKind, InstanceId, InstanceKey,
    InvalidInstanceId, InvalidRequestId, InvalidTag, InvalidTraceContext, Invocation, JoinAll, OrchestrationContext,
    Orchestrator, Outcome, Payload, PayloadError, Random, Registration, Registry, RegistryError, RequestId, Result,
    RetryPolicy, ReusePolicy, Saga, SagaError, SelectAll, SideEffect, Tags, TaskId, Timer, Timestamp, TraceContext,
    TryJoinAll, UnscheduledInvocation, as_completed, history, info, join, join_all, limits, select, select_all, trust,
    try_join_all,
};
pub use uuid::Uuid;

#[cfg(feature = "macros")]
pub use durable_macros::{activity, helper, orchestrator};
#[cfg(feature = "sqlite")]
pub use durable_sqlite::{SqliteOptions, SqliteStore, TransactionError, sqlx};

#[cfg(feature = "testing")]
pub use durable_testkit::hub as testing;

#[doc(hidden)]
pub use durable_core::__private;

/// The README's program compiles.
#[cfg(all(doctest, feature = "macros", feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
