//! A checker that never fails proves nothing: stores with planted bugs must be caught.

use std::sync::Arc;

use durable_core::store::MemoryStore;
use durable_testkit::sim::{Config, explore};
use durable_testkit::tampered::{PlantedBug, Tampered};

/// Each bug must be found within so many seeds: about four times what the rarest of them needs.
const SEEDS_MAX: u64 = 400;

/// Runs seeds until one fails, prints how many that took, and checks that the violation is one
/// of those that the bug is about.
fn check(bug: PlantedBug, says: &[&str]) {
    let store = |_| Arc::new(Tampered::new(Arc::new(MemoryStore::new()), bug)) as _;
    let found = explore(0..SEEDS_MAX, &Config::new(), store);
    let failed = found.failed.unwrap_or_else(|| panic!("{bug:?} was not found in {SEEDS_MAX} seeds"));
    println!("{bug:?}: found after {} seeds: {}", found.seeds, failed.violations[0]);
    let named = failed.violations.iter().any(|v| says.iter().any(|invariant| v.starts_with(invariant)));
    assert!(named, "{bug:?} was found, but by another name: {:?}", failed.violations);
}

#[test]
fn a_missing_fence_is_caught() {
    check(PlantedBug::NoFence, &["I10"]);
}

#[test]
fn half_a_commit_is_caught() {
    check(PlantedBug::HalfCommit, &["I6", "row"]);
}

#[test]
fn a_turn_written_twice_is_caught() {
    check(PlantedBug::TurnTwice, &["I3", "I7", "I11", "I12"]);
}

#[test]
fn an_early_timer_is_caught() {
    check(PlantedBug::TimerEarly, &["I12", "I14"]);
}

#[test]
fn a_lost_message_is_caught() {
    check(PlantedBug::LostMessage, &["I15", "I18", "I21", "row"]);
}

#[test]
fn a_message_that_stays_is_caught() {
    check(PlantedBug::MessageStays, &["I7", "I9", "instance"]);
}

#[test]
fn a_forgotten_commit_is_caught() {
    check(PlantedBug::Forgotten, &["I3", "I8", "I11"]);
}

#[test]
fn a_shared_owner_is_caught() {
    check(PlantedBug::SharedOwner, &["I10"]);
}

#[test]
fn a_lost_report_is_caught() {
    check(PlantedBug::LostReport, &["I18"]);
}

#[test]
fn a_report_to_the_next_execution_is_caught() {
    check(PlantedBug::LooseReport, &["I7", "I18", "restarts"]);
}

#[test]
fn an_event_that_comes_twice_is_caught() {
    check(PlantedBug::EventTwice, &["collect", "loop", "patient", "postman", "race", "ping"]);
}

#[test]
fn an_event_that_is_lost_between_executions_is_caught() {
    check(PlantedBug::LostBetween, &["I21"]);
}

#[test]
fn an_orphan_that_runs_on_is_caught() {
    check(PlantedBug::Orphan, &["I18", "I21"]);
}
