//! A checker that never fails proves nothing: stores with planted bugs must be caught.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use durable_core::store::MemoryStore;
use durable_testkit::conformance::{CASES, Case, block_on};
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

/// The conformance suite finds it, at least by these cases.
fn conformance_finds(bug: PlantedBug, cases: &[&str]) {
    let store = || Arc::new(Tampered::new(Arc::new(MemoryStore::new()), bug));
    let fails = |case: &Case| catch_unwind(AssertUnwindSafe(|| block_on(case(store())))).is_err();
    let failed: Vec<&str> = CASES.iter().filter(|(_, case)| fails(case)).map(|(name, _)| *name).collect();
    println!("{bug:?}: found by {failed:?}");
    for case in cases {
        assert!(failed.contains(case), "{bug:?} was not found by {case}, but by {failed:?}");
    }
}

#[test]
fn the_suite_finds_forgotten_requests() {
    let cases =
        ["a_repeated_start_answers_the_first_id", "a_repeated_message_arrives_once", "a_request_twice_in_a_batch"];
    conformance_finds(PlantedBug::RequestsForgotten, &cases);
}

#[test]
fn the_suite_finds_turns_that_a_purge_left() {
    conformance_finds(PlantedBug::TurnsLeftBehind, &["a_purge_leaves_nothing"]);
}

#[test]
fn the_suite_finds_a_purge_of_the_running() {
    conformance_finds(PlantedBug::PurgesTheRunning, &["only_the_finished_are_purged", "a_thousand_at_once"]);
}

#[test]
fn the_suite_finds_a_policy_that_is_ignored() {
    let cases = ["a_start_replaces_what_it_may", "a_policy_within_a_batch"];
    conformance_finds(PlantedBug::ReplacesAll, &cases);
}

#[test]
fn the_suite_finds_a_row_lost_between_pages() {
    let cases = ["pages_are_the_sorted_list", "every_prefix_is_itself", "a_page_ends_where_it_says"];
    conformance_finds(PlantedBug::RowBetweenPages, &cases);
}

#[test]
fn the_suite_finds_wrong_figures() {
    conformance_finds(PlantedBug::Miscounts, &["statistics_are_a_recount"]);
}

#[test]
fn a_missing_fence_is_caught() {
    check(PlantedBug::NoFence, &["I10"]);
}

#[test]
fn half_a_commit_is_caught() {
    check(PlantedBug::HalfCommit, &["I6", "I21", "row"]);
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
    check(PlantedBug::MessageStays, &["I7", "I9", "instance", "ping"]);
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

#[test]
fn a_request_carried_out_twice_is_caught() {
    check(PlantedBug::RequestsForgotten, &["I4", "I23"]);
}

#[test]
fn turns_that_a_purge_left_are_caught() {
    check(PlantedBug::TurnsLeftBehind, &["I19"]);
}

#[test]
fn a_purge_of_the_running_is_caught() {
    check(PlantedBug::PurgesTheRunning, &["I9", "I19"]);
}

#[test]
fn a_policy_that_is_ignored_is_caught() {
    check(PlantedBug::ReplacesAll, &["I5"]);
}

#[test]
fn a_row_lost_between_pages_is_caught() {
    check(PlantedBug::RowBetweenPages, &["I23"]);
}

#[test]
fn wrong_figures_are_caught() {
    check(PlantedBug::Miscounts, &["I23"]);
}
