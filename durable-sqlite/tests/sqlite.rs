//! The SQLite store from outside.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use durable_core::store::Store;
use durable_sqlite::SqliteStore;
use durable_testkit::conformance::{CASES, block_on};

/// Polls on a plain thread, as the engine does: no test of this file may need a runtime.
fn wait<T>(future: impl Future<Output = T>) -> T {
    assert!(tokio::runtime::Handle::try_current().is_err());
    block_on(future)
}

#[test]
fn the_store_conforms() {
    let failed: Vec<&str> = CASES
        .iter()
        .filter(|(name, case)| {
            let dir = tempfile::tempdir().unwrap();
            let store = wait(SqliteStore::open(dir.path().join("hub.db"))).unwrap();
            let store: Arc<dyn Store> = Arc::new(store);
            eprintln!("{name}");
            catch_unwind(AssertUnwindSafe(|| wait(case(store)))).is_err()
        })
        .map(|(name, _)| *name)
        .collect();
    assert!(failed.is_empty(), "{} of {} cases fail: {failed:#?}", failed.len(), CASES.len());
}
