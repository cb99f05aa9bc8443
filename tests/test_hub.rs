//! The test hub, used as its users use it.

// Tests say what they expect by unwrapping.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "test_hub/crashes.rs"]
mod crashes;
#[path = "test_hub/export.rs"]
mod export;
#[path = "test_hub/hub.rs"]
mod hub;
