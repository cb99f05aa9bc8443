//! Workers: how they come, how they live, how they go.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use durable_core::store::{Lease, Offer, WorkerInfo};
use durable_core::worker::engine::{Engine, EngineParts};
use durable_core::worker::{RunId, Settings};
use durable_core::{Data, Timestamp};

use super::runs::Running;
use super::workload::Desk;
use super::world::{Next, Sim, Who};
use super::{Rng, block_on};

/// A place for a worker.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) generation: u64,
    pub(super) live: Option<Live>,
}

/// A worker that lives, or is paused.
pub(super) struct Live {
    pub(super) engine: Engine,
    pub(super) lease: Lease,
    pub(super) desk: Arc<Desk>,
    pub(super) runs: BTreeMap<RunId, Running>,
    /// How far its clock is off, in microseconds.
    pub(super) skew: i64,
    /// How much longer everything takes here.
    pub(super) slowness: u32,
    /// Not running until this time.
    pub(super) paused_until: Option<Timestamp>,
    /// When its next round is planned.
    pub(super) round_at: Option<Timestamp>,
    /// What became of a commit is not known: it has yet to be read back, by a call later than this.
    pub(super) uncertain_since: Option<u64>,
    /// In good order, by this time at the latest.
    pub(super) stopping_until: Option<Timestamp>,
}

/// How the workers of a run are set.
#[derive(Clone, Debug)]
pub(super) struct Character {
    settings: Settings,
}

impl Character {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let mut settings = Settings::default();
        let mut pick = |few: u64, many: usize| match rng.below(3) {
            0 => usize::try_from(rng.between(1, few)).unwrap_or(1),
            _ => many,
        };
        settings.sessions_max = pick(3, 1000);
        settings.activities_max = pick(4, 256);
        settings.claim_max = pick(3, 256);
        settings.double_run = rng.chance(200);
        settings.timer_horizon = rng.millis(50, 5000);
        settings.lease_duration = rng.millis(600, 3000);
        settings.heartbeat_interval = settings.lease_duration / 3;
        settings.sweep_interval = rng.millis(100, 800);
        Self { settings }
    }
}

impl Sim {
    pub(super) fn live(&mut self, who: Who) -> Option<&mut Live> {
        let slot = self.slots.get_mut(who.slot)?;
        if slot.generation == who.generation { slot.live.as_mut() } else { None }
    }

    /// The worker, if it is there and not paused. What would happen to a paused one happens
    /// when it goes on.
    pub(super) fn awake(&mut self, who: Who, next: Next) -> Option<&mut Live> {
        if let Some(until) = self.live(who)?.paused_until {
            let after = self.rng.millis(0, 5);
            self.plan_at(until + after, next);
            return None;
        }
        self.live(who)
    }

    /// The workers that are there.
    pub(super) fn everybody(&self) -> Vec<Who> {
        let living = self.slots.iter().enumerate().filter(|(_, s)| s.live.is_some());
        living.map(|(slot, s)| Who { slot, generation: s.generation }).collect()
    }

    pub(super) fn enter(&mut self, slot: usize) {
        let registry = self.builds.of(slot);
        let offers = registry.orchestrator_names();
        let offers: Vec<Offer> =
            offers.map(|(name, version)| Offer { name: name.into(), version: version.into() }).collect();
        let settings = self.character.settings.clone();
        let info =
            WorkerInfo { name: format!("w{slot}"), offers: offers.clone(), lease_duration: settings.lease_duration };
        let lease = match block_on(self.store.register_worker(info, self.now)) {
            Ok(lease) => lease,
            Err(e) => return self.violation(format!("a worker could not enter: {e}")),
        };
        if let Err(e) = block_on(self.store.unpark(offers, self.now)) {
            return self.violation(format!("a worker could not enter: {e}"));
        }
        let desk = Arc::new(Desk::default());
        let mut data = Data::default();
        data.insert(desk.clone());
        let mut random = self.rng.fork();
        let intervals = (settings.heartbeat_interval, settings.sweep_interval);
        let engine = Engine::new(EngineParts {
            lease,
            registry,
            data: Arc::new(data),
            settings,
            random: Box::new(move || random.word()),
            turns: None,
            second_run: None,
        });
        let slowness = if self.faults && self.rng.chance(150) { 20 } else { 1 };
        let Some(place) = self.slots.get_mut(slot) else { return };
        place.generation += 1;
        place.live = Some(Live {
            engine,
            lease,
            desk,
            runs: BTreeMap::new(),
            skew: 0,
            slowness,
            paused_until: None,
            round_at: None,
            uncertain_since: None,
            stopping_until: None,
        });
        let who = Who { slot, generation: place.generation };
        self.monitor.entered(lease);
        self.note(format_args!("w{slot} enters as worker {} (slowness {slowness})", lease.worker));
        self.plan(intervals.0, Next::Heartbeat(who));
        self.plan(intervals.1, Next::Sweep(who));
        self.wake(who);
    }

    /// The worker goes without a word; another comes in its place.
    pub(super) fn crash(&mut self, who: Who) {
        let Some(live) = self.slots.get_mut(who.slot).and_then(|s| s.live.take()) else { return };
        self.counters.crashes += 1;
        self.note(format_args!("w{} (worker {}) crashes", who.slot, live.lease.worker));
        drop(live);
        for call in self.calls_of(who) {
            // What had left the worker arrives, or does not; from a server it may arrive late.
            match self.rng.below(5) {
                0 | 1 => self.perform(call),
                2 | 3 => {
                    self.note(format_args!("call {call} is lost"));
                    self.calls.remove(&call);
                }
                _ => {}
            }
        }
        let after = self.rng.millis(1, if self.faults { 4000 } else { 100 });
        self.plan(after, Next::Enter(who.slot));
    }

    /// The worker renews its lease.
    pub(super) fn heartbeat(&mut self, who: Who) {
        let Some(live) = self.awake(who, Next::Heartbeat(who)) else { return };
        let (lease, skew) = (live.lease, live.skew);
        match block_on(self.store.renew(lease, shifted(self.now, skew))) {
            Ok(()) => {
                if !self.monitor.is_current(lease) {
                    self.violation(format!("I10: the stale lease of worker {} was renewed", lease.worker));
                }
                let interval = self.character.settings.heartbeat_interval;
                self.plan(interval, Next::Heartbeat(who));
            }
            Err(_) => self.lose(who),
        }
    }

    /// The lease is gone: a new engine, under a new one.
    pub(super) fn lose(&mut self, who: Who) {
        let Some(mut live) = self.slots.get_mut(who.slot).and_then(|s| s.live.take()) else { return };
        live.engine.lose_lease();
        self.counters.leases_lost += 1;
        self.note(format_args!("w{} has lost the lease of worker {}", who.slot, live.lease.worker));
        // As the worker does: what it may still own goes free at once.
        if self.rng.chance(500) {
            self.release(live.lease);
        }
        let after = self.rng.millis(0, 50);
        self.plan(after, Next::Enter(who.slot));
    }

    pub(super) fn release(&mut self, lease: Lease) {
        if block_on(self.store.release_worker(lease, self.now)).is_ok() {
            self.monitor.released(lease);
            self.note(format_args!("worker {} is released", lease.worker));
        }
    }

    /// The worker looks for dead neighbours and for work.
    pub(super) fn sweep(&mut self, who: Who) {
        let Some(live) = self.awake(who, Next::Sweep(who)) else { return };
        let (lease, skew) = (live.lease, live.skew);
        live.engine.store_changed();
        match block_on(self.store.fence_dead_workers(lease, shifted(self.now, skew))) {
            Ok(fenced) => {
                for worker in fenced {
                    self.monitor.fenced(worker);
                    self.note(format_args!("w{} fences worker {worker}", who.slot));
                }
                let interval = self.character.settings.sweep_interval;
                self.plan(interval, Next::Sweep(who));
                self.wake(who);
            }
            Err(_) => self.lose(who),
        }
    }
}

pub(super) fn shifted(at: Timestamp, skew: i64) -> Timestamp {
    Timestamp::from_unix_micros(at.unix_micros().saturating_add(skew))
}

/// The true time at which a clock that is so far off shows this.
pub(super) fn unshifted(at: Timestamp, skew: i64) -> Timestamp {
    Timestamp::from_unix_micros(at.unix_micros().saturating_sub(skew))
}

/// A time stretched.
pub(super) fn stretched(d: Duration, slowness: u32) -> Duration {
    d * slowness
}
