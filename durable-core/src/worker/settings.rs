//! What a worker can be told.

use std::time::Duration;

use crate::limits;
use crate::worker::janitor::AutoPurge;
use crate::worker::throttle::Limit;

/// A worker's settings; the defaults are in [`limits`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Live futures in memory.
    pub sessions_max: usize,
    /// Activities running at once.
    pub activities_max: usize,
    /// Limits on activities by name and by queue.
    pub limits: Vec<Limit>,
    /// What is purged by itself.
    pub auto_purge: Vec<AutoPurge>,
    /// How often.
    pub auto_purge_interval: Duration,
    /// Instances claimed in one go.
    pub claim_max: usize,
    /// Whether each turn is checked by replaying it from scratch.
    pub double_run: bool,
    /// Events in the history of one execution.
    pub history_events_max: u64,
    /// From which distance on a timer lets its instance sleep.
    pub timer_horizon: Duration,
    /// How long the lease runs.
    pub lease_duration: Duration,
    /// How often it is renewed.
    pub heartbeat_interval: Duration,
    /// How often the store is asked for changes by others.
    pub poll_interval: Duration,
    /// How often the worker looks round without being told.
    pub sweep_interval: Duration,
    /// How long a shutdown waits for running activities.
    pub shutdown_grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sessions_max: limits::SESSIONS_MAX_DEFAULT,
            activities_max: limits::ACTIVITIES_MAX_DEFAULT,
            limits: Vec::new(),
            auto_purge: Vec::new(),
            auto_purge_interval: limits::AUTO_PURGE_INTERVAL,
            claim_max: limits::CLAIM_INSTANCES_MAX,
            double_run: cfg!(debug_assertions),
            history_events_max: limits::HISTORY_EVENTS_MAX,
            timer_horizon: limits::TIMER_HORIZON,
            lease_duration: limits::LEASE_DURATION,
            heartbeat_interval: limits::HEARTBEAT_INTERVAL,
            poll_interval: limits::POLL_INTERVAL,
            sweep_interval: limits::SWEEP_INTERVAL,
            shutdown_grace: limits::SHUTDOWN_GRACE_DEFAULT,
        }
    }
}
