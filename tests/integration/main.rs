//! The whole of `durable`, used as its users use it: in process on both stores, and as processes.

// Tests say what they expect by unwrapping.
#![allow(clippy::unwrap_used, missing_docs)]

mod attempts;
mod calls;
mod changed_code;
mod children;
mod common;
mod continue_as_new;
mod counted;
mod crash_and_resume;
mod data_and_registration;
mod events;
mod examples;
mod hub_files;
mod instances;
mod lifecycle;
mod logging;
mod parallel;
mod payloads;
mod races;
mod replayed_values;
mod timers;
mod two_workers;
mod versions;
mod wide;
mod workers;
