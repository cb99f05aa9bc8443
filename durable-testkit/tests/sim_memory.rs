//! The whole engine over the store in memory, under faults.

use std::sync::Arc;
use std::thread;

use durable_core::store::MemoryStore;
use durable_testkit::sim::{Config, Exploration, explore};

/// Two threads, because the test machines have two cores.
fn check(seeds: u64, config: &Config) {
    let half = seeds / 2;
    let run = |range| explore(range, config, |_| Arc::new(MemoryStore::new()));
    let (a, b): (Exploration, Exploration) = thread::scope(|scope| {
        let a = scope.spawn(|| run(0..half));
        let b = run(half..seeds);
        (a.join().expect("the explorer does not panic"), b)
    });
    for e in [a, b] {
        println!("{} seeds, {} of them twice: {:?}", e.seeds, e.twice, e.counters);
        e.assert_clean();
    }
}

#[test]
fn without_faults_everything_ends_as_expected() {
    check(200, &Config::new().without_faults());
}

#[test]
fn with_faults_everything_ends_as_expected() {
    // `DURABLE_SIM_SEEDS=1000000 cargo test --release …` is the longer run.
    let seeds = std::env::var("DURABLE_SIM_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(2400);
    check(seeds, &Config::new());
}
