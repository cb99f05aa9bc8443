//! The whole of `durable`, used as its users use it: in process on both stores, and as processes.

// Tests say what they expect by unwrapping.
#![allow(clippy::unwrap_used, missing_docs)]

mod calls;
mod changed_code;
mod common;
mod crash_and_resume;
mod data_and_registration;
mod examples;
mod hub_files;
mod instances;
mod parallel;
mod payloads;
mod replayed_values;
mod timers;
mod two_workers;
mod workers;
