//! How a worker is: for health checks, metrics and the watchdog.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::id::InstanceId;
use crate::limits::TURN_TIME_WARN;
use crate::store::Lease;
use crate::time::Timestamp;

/// What a worker has done since it started. Counts of what is durable, except for activities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Turns committed.
    pub turns: u64,
    /// Batches committed: transactions, each with one fsync.
    pub batches: u64,
    /// Instances started here.
    pub started: u64,
    /// Instances that ended with a value.
    pub completed: u64,
    /// Instances that ended with an error.
    pub failed: u64,
    /// Instances that were terminated.
    pub terminated: u64,
    /// Instances that were parked.
    pub parked: u64,
    /// Instances claimed from the store.
    pub claimed: u64,
    /// Activities begun.
    pub activities_started: u64,
    /// Activities that returned a value.
    pub activities_completed: u64,
    /// Activities that failed.
    pub activities_failed: u64,
    /// Calls of the store that failed.
    pub store_errors: u64,
}

/// How a worker is at a moment: what [`Worker::health`](crate::worker::Worker::health) returns.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Health {
    /// Its lease.
    pub lease: Lease,
    /// When this was found out: at the last round of its thread, which has one at least every few
    /// seconds while it waits for nothing.
    pub at: Timestamp,
    /// Whether it is shutting down.
    pub stopping: bool,
    /// Instances in memory.
    pub instances: usize,
    /// Those of them with a live future.
    pub sessions: usize,
    /// Activities that run.
    pub activities_running: usize,
    /// Activities that wait for a slot or a limit.
    pub activities_waiting: usize,
    /// Instances that are tried apart, because they may be what killed a worker.
    pub suspects: usize,
    /// The store's last error, if it has not answered since.
    pub store_error: Option<String>,
    /// A turn that has not ended for so long: an orchestrator that works instead of deciding.
    pub long_turn: Option<(InstanceId, Duration)>,
    /// What it has done.
    pub counters: Counters,
}

impl Health {
    /// Whether the store answers and no turn is stuck.
    pub fn is_healthy(&self) -> bool {
        self.store_error.is_none() && self.long_turn.is_none()
    }
}

/// What the worker's thread tells, and others read.
pub(crate) struct Vitals {
    health: Mutex<Health>,
    turns: Arc<TurnWatch>,
}

/// Which turn is being made. The engine knows no clock: who watches does.
#[derive(Default)]
pub struct TurnWatch {
    state: Mutex<TurnState>,
}

#[derive(Default)]
struct TurnState {
    turns: u64,
    instance: Option<InstanceId>,
    /// The turn that was being made when it was looked at last, and when it was first seen.
    seen: Option<(u64, Timestamp)>,
}

impl TurnWatch {
    /// User code of this instance is about to run.
    pub fn begin(&self, instance: &InstanceId) {
        let mut state = lock(&self.state);
        state.turns += 1;
        state.instance = Some(instance.clone());
    }

    /// It came back.
    pub fn end(&self) {
        lock(&self.state).instance = None;
    }

    /// The turn that has been going on since it was looked at before, if it is too long.
    fn look(&self, now: Timestamp) -> Option<(InstanceId, Duration)> {
        let mut state = lock(&self.state);
        let Some(instance) = state.instance.clone() else {
            state.seen = None;
            return None;
        };
        match state.seen {
            Some((turn, since)) if turn == state.turns => {
                let so_far = now - since;
                (so_far >= TURN_TIME_WARN).then_some((instance, so_far))
            }
            _ => {
                state.seen = Some((state.turns, now));
                None
            }
        }
    }
}

impl Vitals {
    pub(crate) fn new(lease: Lease, now: Timestamp) -> Self {
        let health = Health {
            lease,
            at: now,
            stopping: false,
            instances: 0,
            sessions: 0,
            activities_running: 0,
            activities_waiting: 0,
            suspects: 0,
            store_error: None,
            long_turn: None,
            counters: Counters::default(),
        };
        Self { health: Mutex::new(health), turns: Arc::default() }
    }

    pub(crate) fn turns(&self) -> Arc<TurnWatch> {
        self.turns.clone()
    }

    pub(crate) fn update(&self, update: impl FnOnce(&mut Health)) {
        update(&mut lock(&self.health));
    }

    pub(crate) fn read(&self) -> Health {
        lock(&self.health).clone()
    }

    /// Looks whether a turn takes too long; who calls does so every second or so.
    pub(crate) fn watch_turn(&self, now: Timestamp) -> Option<(InstanceId, Duration)> {
        let long = self.turns.look(now);
        lock(&self.health).long_turn.clone_from(&long);
        long
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
