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

/// The gate of GUARANTEES.md is `DURABLE_SIM_SEEDS=10000`, `DURABLE_SIM_SEEDS=1000000 … --release` the
/// longer run.
fn seeds(default: u64) -> u64 {
    std::env::var("DURABLE_SIM_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

#[test]
fn with_faults_everything_ends_as_expected() {
    check(seeds(2_500), &Config::new());
}

#[test]
fn a_crowd_ends_as_expected() {
    check(seeds(200), &Config::new().workers(6).instances(20));
}
