//! The whole engine over SQLite, under faults.

use std::sync::Arc;

use durable_core::store::Store;
use durable_sqlite::{Durability, SqliteOptions};
use durable_testkit::sim::{Config, block_on, explore};

/// Seeds for each of two threads; `DURABLE_SIM_SQLITE_SEEDS` for a longer run.
fn seeds() -> u64 {
    std::env::var("DURABLE_SIM_SQLITE_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(150)
}

fn check(seeds: std::ops::Range<u64>, config: &Config) {
    let dir = tempfile::tempdir().expect("a directory for the files");
    let mut files = 0;
    let mut last: Option<Arc<dyn Store>> = None;
    let explored = explore(seeds, config, |_| {
        if let Some(last) = last.take() {
            block_on(last.close()).expect("the store closes");
        }
        files += 1;
        // What survives a power cut is shown elsewhere; here an fsync would only take time.
        let options = SqliteOptions::new(dir.path().join(format!("{files}.db")))
            .durability(Durability::LoseRecentOnPowerLoss)
            .readers(1);
        let store: Arc<dyn Store> = Arc::new(block_on(options.open()).expect("the file opens"));
        last = Some(store.clone());
        store
    });
    println!("{} seeds, {} of them twice: {:?}", explored.seeds, explored.twice, explored.counters);
    explored.assert_clean();
}

#[test]
fn with_faults_everything_ends_as_expected() {
    check(0..seeds(), &Config::new().small());
}

#[test]
fn with_faults_everything_ends_as_expected_again() {
    check(seeds()..2 * seeds(), &Config::new().small());
    check(0..seeds() / 10, &Config::new());
}
