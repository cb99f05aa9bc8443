//! The `durable` store on one SQLite file, through sqlx.
//!
//! ```no_run
//! # async fn f() -> Result<(), durable_core::store::StoreError> {
//! let store = durable_sqlite::SqliteStore::open("hub.db").await?;
//! # Ok(()) }
//! ```
//!
//! A commit that has returned survives a power cut: write-ahead log, `synchronous = FULL`, every
//! setting read back. All writes go through one connection, a whole batch in one transaction
//! and, mostly, in one call. The table definitions in `migrations/` say what stands where; the
//! view `history_events` shows histories event by event to any SQLite tool.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test stops at the first error"))]

mod backup;
mod changes;
mod claim;
mod commit;
mod contents;
mod error;
mod file;
mod judge;
mod lock;
mod open;
mod options;
mod plan;
#[cfg(test)]
mod plans;
mod pragma;
mod purge;
mod query;
mod read;
mod records;
mod rows;
mod script;
mod seal;
mod sql;
mod statistics;
mod stats;
mod store;
mod transaction;
mod view;
mod worker;
mod writer;
mod writes;

pub use options::{Durability, SqliteOptions};
pub use seal::PayloadCodec;
pub use stats::Stats;
pub use store::SqliteStore;
pub use transaction::{TransactionError, TransactionFuture};

/// The version of sqlx whose types stand in this crate's interface.
pub use sqlx;
