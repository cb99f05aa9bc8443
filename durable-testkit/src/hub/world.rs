//! The world of a hub: one worker's engine over a store in memory, under virtual time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use durable_core::history::Event;
use durable_core::store::{Lease, MemoryStore, Offer, Store, StoreError, WorkerInfo};
use durable_core::worker::ActivityDone;
use durable_core::worker::engine::{Engine, EngineParts};
use durable_core::{InstanceId, Payload, Timestamp};

use super::activities::{self, Running, Runtimes};
use super::setup::Setup;
use crate::sim::{Rng, block_on};

/// 2026-01-01T00:00:00Z.
const BEGINNING: Timestamp = Timestamp::from_unix_micros(1_767_225_600_000_000);

/// Rounds without a rest at one moment, at most: an orchestration that needs more goes round in a
/// circle.
const ROUNDS_MAX: u32 = 1_000_000;

/// It does not come to rest at one moment.
#[derive(Debug)]
pub(super) struct Restless;

/// Where the worker is to crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CrashAt {
    pub(super) commit: u64,
    /// After it was applied, or just before.
    pub(super) applied: bool,
}

/// An event that is to be raised.
pub(super) struct Planned {
    pub(super) id: InstanceId,
    pub(super) name: String,
    pub(super) payload: Payload,
}

pub(super) struct World {
    pub(super) setup: Setup,
    pub(super) store: MemoryStore,
    pub(super) now: Timestamp,
    pub(super) rng: Rng,
    /// The commits of all workers so far.
    pub(super) commits: u64,
    pub(super) crash: Option<CrashAt>,
    /// What the crash has hit.
    pub(super) crashed: Option<String>,
    /// How often each activity was started.
    pub(super) runs: BTreeMap<String, usize>,
    pub(super) planned: BTreeMap<(Timestamp, u64), Planned>,
    pub(super) last: u64,
    /// How many instances got an id from the hub.
    pub(super) starts: u64,
    /// For which wake time, after which commit, the worker has been told to look.
    told: Option<(Timestamp, u64)>,
    pub(super) live: Option<Live>,
    runtimes: Runtimes,
}

/// A worker that lives.
pub(super) struct Live {
    pub(super) engine: Engine,
    lease: Lease,
    pub(super) running: Vec<Running>,
    /// Results that come later, by the virtual clock.
    late: BTreeMap<(Timestamp, u64), ActivityDone>,
}

/// The answer of a store in memory, which does not fail.
pub(super) fn sure<T>(result: Result<T, StoreError>) -> T {
    result.unwrap_or_else(|e| panic!("the test hub's store failed: {e}"))
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            setup: Setup::new(),
            store: MemoryStore::new(),
            now: BEGINNING,
            rng: Rng::new(0),
            commits: 0,
            crash: None,
            crashed: None,
            runs: BTreeMap::new(),
            planned: BTreeMap::new(),
            last: 0,
            starts: 0,
            told: None,
            live: None,
            runtimes: Runtimes::default(),
        }
    }

    // ------------------------------------------------------------------ the worker

    /// Lets the worker leave in good order; the next one begins with what is set up then.
    pub(super) fn stop(&mut self) {
        if let Some(live) = self.live.take() {
            let lease = live.lease;
            drop(live);
            sure(block_on(self.store.release_worker(lease, self.now)));
        }
    }

    /// Ends the worker without a word.
    pub(super) fn kill(&mut self) {
        self.live = None;
    }

    fn enter(&mut self) -> &mut Live {
        if self.live.is_none() {
            let live = self.new_worker();
            self.told = None;
            self.live = Some(live);
        }
        self.live.as_mut().unwrap_or_else(|| unreachable!("it was made above"))
    }

    fn new_worker(&mut self) -> Live {
        if let Some((activity, needed)) = self.setup.unmet_need() {
            panic!(
                "activity `{activity}` needs data of type `{}`: give the test hub `.data(..)`, or replace the activity",
                needed.name
            );
        }
        let registry = self.setup.registry_with_replacements();
        let offers = registry.orchestrator_names();
        let offers: Vec<Offer> = offers.map(|(n, v)| Offer { name: n.into(), version: v.into() }).collect();
        // A lease that runs out at once: the next worker may take over from a dead one whenever
        // it comes. This one does not mind.
        let info = WorkerInfo { name: "test hub".into(), offers: offers.clone(), lease_duration: Duration::ZERO };
        let lease = sure(block_on(self.store.register_worker(info, self.now)));
        let later = self.now + Duration::from_micros(1);
        sure(block_on(self.store.fence_dead_workers(lease, later)));
        sure(block_on(self.store.unpark(offers, self.now)));
        let mut random = self.rng.fork();
        let engine = Engine::new(EngineParts {
            lease,
            registry: Arc::new(registry),
            data: self.setup.data.clone(),
            settings: self.setup.settings.clone(),
            random: Box::new(move || random.word()),
            turns: None,
            second_run: self.setup.second_run(),
        });
        Live { engine, lease, running: Vec::new(), late: BTreeMap::new() }
    }

    /// Something was written that the worker did not write.
    pub(super) fn store_changed(&mut self) {
        if let Some(live) = &mut self.live {
            live.engine.store_changed();
        }
    }

    // ------------------------------------------------------------------ time

    /// Runs what can run now, without a step of the virtual clock.
    pub(super) fn settle(&mut self) -> Result<(), Restless> {
        for _ in 0..ROUNDS_MAX {
            if !self.round() {
                let running = self.live.as_ref().map(|l| &*l.running).unwrap_or_default();
                if !activities::wait(running) {
                    return Ok(());
                }
            }
        }
        Err(Restless)
    }

    /// When something is to happen next, by the virtual clock.
    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        let live = self.live.as_ref();
        let engine = live.and_then(|l| l.engine.next_deadline());
        let late = live.and_then(|l| l.late.keys().next()).map(|(at, _)| *at);
        let planned = self.planned.keys().next().map(|(at, _)| *at);
        let all = [engine, late, planned, sure(block_on(self.store.next_wake()))];
        all.into_iter().flatten().filter(|at| *at > self.now).min()
    }

    /// One round of the worker; whether anything happened.
    fn round(&mut self) -> bool {
        let now = self.now;
        let mut progressed = self.raise_planned();
        let wake = sure(block_on(self.store.next_wake())).filter(|at| *at <= now);
        let told = wake.map(|at| (at, self.commits));
        let is_news = told.is_some() && told != self.told;
        self.told = told;
        let live = self.enter();
        if is_news {
            live.engine.store_changed();
        }
        while let Some(first) = live.late.first_entry().filter(|e| e.key().0 <= now) {
            live.engine.activity_done(first.remove());
            progressed = true;
        }
        live.engine.tick(now);
        let effects = live.engine.run();
        progressed |= !effects.is_empty();
        for effect in effects {
            self.perform(effect);
        }
        progressed | self.poll_activities()
    }

    fn raise_planned(&mut self) -> bool {
        let mut any = false;
        while let Some(first) = self.planned.first_entry().filter(|e| e.key().0 <= self.now) {
            let Planned { id, name, payload } = first.remove();
            any = true;
            // An instance that is not there, or not any more, does not get it.
            let raised = Event::EventRaised { name, payload };
            self.send(id, raised, false);
        }
        any
    }

    fn poll_activities(&mut self) -> bool {
        let Some(live) = &mut self.live else { return true };
        let mut any = false;
        let (runtimes, last, now) = (&mut self.runtimes, &mut self.last, self.now);
        let Live { engine, running, late, .. } = live;
        running.retain_mut(|run| {
            let Some(result) = run.poll(runtimes) else { return true };
            any = true;
            let done = ActivityDone { id: run.id, result, completion: durable_core::worker::Completion::Returned };
            if run.until > now {
                *last += 1;
                late.insert((run.until, *last), done);
            } else {
                engine.activity_done(done);
            }
            false
        });
        any
    }
}
