//! The worker: what runs orchestrations.
//!
//! [`engine`] decides, as a state machine without I/O; `shell` is the thread that drives it;
//! `watcher` hears of other processes.

mod activities;
mod builder;
pub mod engine;
mod env;
mod health;
mod janitor;
#[cfg(feature = "metrics")]
mod metrics;
mod second_run;
mod session;
mod settings;
mod shell;
mod throttle;
mod timers;
mod watcher;

pub use activities::{ActivityDone, ActivityRun, Completion, RunId, TaskRef};
pub use builder::{IntoStore, StartError, Worker, WorkerBuilder};
pub use env::{Env, SystemEnv};
pub use health::{Counters, Health, TurnWatch};
pub use janitor::AutoPurge;
pub use second_run::{SecondRun, Sighting};
pub use settings::Settings;
pub(crate) use shell::{Input, Inputs};
pub use throttle::{InvalidLimit, Limit, LimitOf};
