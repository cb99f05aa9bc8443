//! The worker: what runs orchestrations.
//!
//! [`engine`] decides, as a state machine without I/O; `shell` is the thread that drives it;
//! `watcher` hears of other processes.

mod activities;
mod builder;
pub mod engine;
mod env;
mod session;
mod settings;
mod shell;
mod timers;
mod watcher;

pub use activities::{ActivityDone, ActivityRun, RunId};
pub use builder::{IntoStore, StartError, Worker, WorkerBuilder};
pub use env::{Env, SystemEnv};
pub use settings::Settings;
pub(crate) use shell::{Input, Inputs};
