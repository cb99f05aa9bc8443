//! What every store must do: one case per sentence of the contract.
//!
//! A store's tests run each case on a fresh, empty store:
//!
//! ```
//! use std::sync::Arc;
//! use durable_core::store::{MemoryStore, Store};
//! use durable_testkit::conformance::{self, CASES};
//!
//! for (name, case) in CASES {
//!     let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
//!     eprintln!("{name}");
//!     conformance::block_on(case(store));
//! }
//! ```
//!
//! A case panics when the store breaks its promise. It needs no runtime; [`block_on`] polls a
//! case on the calling thread, as the engine's own thread does.

mod building;
mod children;
mod claiming;
mod closing;
mod contents;
mod continuing;
mod copying;
mod counting;
mod fencing;
mod fixture;
mod messages;
mod ordering;
mod parking;
mod population;
mod purging;
mod querying;
mod raising;
mod requests;
mod reusing;
mod reviving;
mod starting;
mod suspecting;
mod tagging;
mod turns;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use durable_core::store::Store;

/// A running case.
pub type CaseFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A case: does things to an empty store and panics if it does not behave.
pub type Case = fn(Arc<dyn Store>) -> CaseFuture;

macro_rules! cases {
    ($($module:ident: $($case:ident),+;)+) => {
        /// Every case, by name.
        pub const CASES: &[(&str, Case)] = &[
            $($((stringify!($case), |store| Box::pin($module::$case(fixture::Hub::new(store)))),)+)+
        ];
    };
}

cases! {
    starting: a_new_instance_is_pending_and_ready, a_start_with_its_first_turn_is_one_commit,
        a_taken_id_is_refused_and_says_by_whom, a_finished_instance_is_replaced,
        a_replaced_instance_leaves_nothing_behind, of_two_starts_of_one_id_in_a_batch_the_first_wins,
        an_instance_that_ends_in_its_first_turn_can_be_replaced_in_the_same_batch,
        a_start_with_a_stale_lease_is_fenced, a_first_turn_begins_at_zero, keys_are_never_given_twice;
    turns: turns_are_appended_in_order, a_second_commit_from_one_base_conflicts, a_gap_conflicts,
        a_base_inside_a_turn_conflicts, a_turn_of_another_execution_conflicts,
        two_turns_of_one_instance_in_a_batch, one_refused_commit_does_not_fail_its_neighbours,
        a_refused_commit_writes_nothing_at_all, a_batch_of_5000, an_empty_batch_is_nothing,
        a_turn_in_the_middle_leaves_the_row_untouched, an_update_without_a_turn;
    fencing: a_commit_needs_the_owner, a_commit_needs_the_epoch, a_dead_worker_is_found_once,
        a_live_worker_is_not_fenced, a_takeover_fences_every_call_of_the_old_lease,
        a_renewed_lease_lives_on, epochs_only_grow_and_ids_are_never_reused,
        a_released_worker_leaves_its_work_to_others, a_worker_is_as_it_was_entered,
        reload_reads_what_is_owned, a_finished_instance_is_not_owned_work;
    messages: a_message_arrives_and_is_consumed_once, a_message_wakes_a_sleeper,
        a_message_does_not_disturb_an_owner, a_waiting_message_makes_a_release_ready_at_once,
        a_message_to_nobody_is_dropped, a_message_to_the_finished_is_dropped,
        a_message_after_the_end_in_one_batch_is_dropped, a_refused_commit_delivers_and_consumes_nothing,
        mail_is_what_came_later_for_the_owner, messages_keep_their_order,
        message_numbers_are_never_reused, consuming_the_last_message_lets_it_sleep;
    claiming: a_sleeper_is_claimed_when_its_time_has_come, claims_go_by_wake_time_and_limit,
        an_offer_decides_who_claims, what_nobody_offers_anybody_may_claim, a_version_is_part_of_an_offer,
        a_dead_workers_instances_count_a_crash, a_claim_reads_everything, what_is_owned_is_not_claimed,
        nothing_finished_or_parked_is_claimed, next_wake_is_the_earliest, change_mark_changes;
    parking: a_parked_instance_says_why_and_goes_on_when_unparked, unpark_needs_the_offer,
        a_parked_instance_keeps_its_messages;
    raising: what_is_not_there_or_has_ended_takes_no_event, an_event_wakes_a_sleeper,
        an_event_does_not_disturb_an_owner, an_event_waits_for_its_execution_to_begin,
        a_parked_instance_is_made_ready_on_request, a_suspended_instance_takes_messages_and_stays_suspended,
        a_finished_instance_keeps_no_messages, a_custom_status_stays_until_it_changes, many_events_in_one_batch;
    children: a_message_makes_a_child, a_child_takes_the_place_of_a_finished_one,
        a_taken_childs_id_is_refused_to_the_parent, of_two_children_of_one_id_the_first_is_made,
        a_thousand_children_in_one_commit, a_message_for_another_execution_is_dropped,
        a_start_says_which_execution_it_is;
    continuing: the_next_execution_takes_over, new_messages_come_before_those_that_wait,
        a_message_of_the_old_execution_is_dropped_after_it, several_executions_in_one_batch,
        a_refused_continuation_changes_nothing;
    ordering: an_event_before_and_after_the_end, an_event_before_and_after_a_release,
        a_message_before_and_after_its_recipient_is_made, a_parent_ends_and_its_child_reports,
        an_end_and_a_successor, parking_and_unparking_in_one_batch;
    contents: bodies_come_back_to_the_byte, messages_come_back_as_they_were, a_large_body,
        strange_ids_are_kept_apart, strange_names_and_reasons, instances_are_listed_by_key,
        statuses_of_those_that_exist, the_last_turn, what_is_not_there, extreme_times;
    tagging: tags_come_back_as_they_were, tags_stay_with_their_instance, a_child_has_its_own_tags;
    requests: a_repeated_start_answers_the_first_id, a_repeated_message_arrives_once,
        a_request_twice_in_a_batch, a_refused_request_is_not_remembered,
        another_operation_is_reported_back, a_request_remembers_its_execution,
        a_request_outlives_its_instance, requests_are_forgotten_by_age, request_ids_are_kept_apart,
        many_requests_in_one_batch;
    reusing: a_start_replaces_what_it_may, a_child_replaces_what_it_may, a_policy_within_a_batch;
    copying: a_fork_begins_with_the_turns_it_is_given, a_fork_in_the_place_of_another,
        a_child_may_begin_with_turns, old_executions_stay_readable, a_rewound_instance_goes_on,
        a_continuation_that_keeps_nothing_deletes_all, a_successor_deletes_all_executions;
    reviving: the_finished_take_messages_on_request, what_has_not_finished_so_is_refused,
        a_revived_instance_is_made_ready, of_two_who_revive_the_first_does,
        a_message_revives_the_finished, a_message_to_revive_others_is_dropped;
    suspecting: marks_and_crashes_come_back, suspicion_ends_on_request, a_new_build_leaves_the_marked_parked,
        a_takeover_keeps_the_mark;
    querying: pages_are_the_sorted_list, every_prefix_is_itself, ranges_of_time, filters_by_tags,
        an_id_of_every_filter_is_a_value, a_page_ends_where_it_says, a_cursor_outlives_its_instance;
    purging: only_the_finished_are_purged, only_the_named_execution_is_purged, a_purge_leaves_nothing,
        a_purged_id_is_free_and_its_key_is_not, a_thousand_at_once;
    counting: statistics_are_a_recount, statistics_follow_what_happens;
    closing: a_closed_store_says_so, a_dropped_commit_leaves_the_store_working;
}

/// Runs every case, each on a store that `make` has just made.
pub async fn run_all(make: impl AsyncFn() -> Arc<dyn Store>) {
    for (_, case) in CASES {
        case(make().await).await;
    }
}

/// Polls a future to its end on this thread, without any runtime.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
