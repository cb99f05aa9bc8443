//! The suite that every store passes, on the store in memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use durable_core::store::MemoryStore;
use durable_testkit::conformance::{CASES, block_on};

#[test]
fn the_store_conforms() {
    let fails = |case: &durable_testkit::conformance::Case| {
        catch_unwind(AssertUnwindSafe(|| block_on(case(Arc::new(MemoryStore::new()))))).is_err()
    };
    let failed: Vec<&str> = CASES.iter().filter(|(_, case)| fails(case)).map(|(name, _)| *name).collect();
    assert!(failed.is_empty(), "{} of {} cases fail: {failed:#?}", failed.len(), CASES.len());
}
