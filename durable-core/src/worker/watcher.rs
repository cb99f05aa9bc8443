//! Hears of other processes and keeps the lease alive: the one place where a worker polls.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::store::{Lease, Store, StoreError};
use crate::time::Timestamp;
use crate::worker::builder::neighbours;
use crate::worker::env::Env;
use crate::worker::health::Vitals;
use crate::worker::settings::Settings;
use crate::worker::shell::{Input, Inputs};

/// After so many polls that found nothing new the pace slows down.
const QUIET_POLLS: u32 = 25;

pub(crate) struct Watcher {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) env: Arc<dyn Env>,
    pub(crate) settings: Settings,
    pub(crate) inputs: Inputs,
    pub(crate) leases: watch::Receiver<Lease>,
    pub(crate) vitals: Arc<Vitals>,
}

impl Watcher {
    /// Runs until the worker's thread has ended.
    pub(crate) async fn run(self) {
        let mut quiet = 0_u32;
        let mut mark = None;
        let mut next_wake: Option<Timestamp> = None;
        let mut heartbeat_at = Instant::now() + self.settings.heartbeat_interval;
        let mut sweep_at = Instant::now();
        loop {
            // An idle hub is asked less often: the worker sleeps.
            let pace = if quiet < QUIET_POLLS { 2 } else { 5 };
            // Between half and one and a half of it, so that of two workers none is always the first.
            let part = u32::try_from(self.env.random() % 1_000).unwrap_or_default();
            sleep(self.settings.poll_interval * pace / 2 * (500 + part) / 1_000).await;
            let lease = *self.leases.borrow();
            let now = Instant::now();
            let sweep = now >= sweep_at;
            let changed = match self.store.change_mark().await {
                Ok(new) => mark.replace(new) != Some(new),
                Err(StoreError::Closed) => return,
                // The worker's own calls meet the same failure and report it.
                Err(_) => continue,
            };
            quiet = if changed { 0 } else { quiet.saturating_add(1) };
            let due = next_wake.is_some_and(|at| at <= self.env.now());
            if now >= heartbeat_at {
                heartbeat_at = now + self.settings.heartbeat_interval;
                if let Err(StoreError::Fenced) = self.store.renew(lease, self.env.now()).await
                    && self.inputs.send(Input::LeaseLost(lease)).is_err()
                {
                    return;
                }
            }
            let mut rescued = false;
            if sweep && let Some((instance, so_far)) = self.vitals.watch_turn(self.env.now()) {
                tracing::error!(
                    %instance, ?so_far,
                    "a turn does not end: nothing else runs on this worker; an orchestrator decides and does no work, \
                     which belongs in activities"
                );
            }
            if sweep {
                sweep_at = now + self.settings.sweep_interval;
                let fenced = self.store.fence_dead_workers(lease, self.env.now()).await.unwrap_or_default();
                for worker in &fenced {
                    tracing::info!(%worker, "a worker is dead; its instances are taken over");
                }
                rescued = !fenced.is_empty();
                if let Ok(others) = neighbours(&*self.store, lease).await
                    && self.inputs.send(Input::Neighbours(others)).is_err()
                {
                    return;
                }
            }
            if changed || sweep {
                next_wake = self.store.next_wake().await.unwrap_or_default();
            } else if due {
                next_wake = None;
            }
            if (changed || due || sweep || rescued) && self.inputs.send(Input::StoreChanged).is_err() {
                return;
            }
        }
    }
}
