//! The whole of `durable`, used as its users use it: in process on both stores, and as processes.

// Tests say what they expect by unwrapping.
#![allow(clippy::unwrap_used, missing_docs)]

mod attempts;
mod calls;
mod changed_code;
mod children;
mod client_by_name;
mod client_control;
mod client_purge;
mod client_query;
mod client_repair;
mod client_start;
mod client_status;
mod client_wait;
mod common;
mod continue_as_new;
mod counted;
mod crash_and_resume;
mod data_and_registration;
mod events;
mod examples;
mod health;
mod hub_files;
mod instances;
mod lifecycle;
mod limits_on_activities;
mod logging;
mod parallel;
mod payloads;
mod poison;
mod races;
mod replayed_values;
mod rewind;
mod several_workers;
mod timers;
mod transactional;
mod two_workers;
mod versions;
mod wide;
mod workers;
