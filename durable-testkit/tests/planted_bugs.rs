//! A checker that never fails proves nothing: stores with planted bugs must be caught.

use std::sync::Arc;

use durable_core::store::MemoryStore;
use durable_testkit::sim::{Config, explore};
use durable_testkit::tampered::{PlantedBug, Tampered};

/// The number of seeds after which each bug must have been found: what they need, twice over.
const SEEDS_MAX: u64 = 200;

/// Runs seeds until one fails; returns how many that took, and what the first violation says.
fn caught(bug: PlantedBug) -> (u64, Vec<String>) {
    let store = |_| Arc::new(Tampered::new(Arc::new(MemoryStore::new()), bug)) as _;
    let found = explore(0..SEEDS_MAX, &Config::new(), store);
    let failed = found.failed.unwrap_or_else(|| panic!("{bug:?} was not found in {SEEDS_MAX} seeds"));
    println!("{bug:?}: found after {} seeds: {}", found.seeds, failed.violations[0]);
    (found.seeds, failed.violations)
}

#[test]
fn every_planted_bug_is_caught() {
    for bug in PlantedBug::ALL {
        caught(bug);
    }
}
