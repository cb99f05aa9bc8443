//! The simulated world: time, what happens next, and who is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use durable_core::store::Store;
use durable_core::worker::RunId;
use durable_core::{InstanceKey, Registry, Timestamp};

use super::builds::Builds;
use super::calls::Call;
use super::client::Client;
use super::monitor::Monitor;
use super::trace::Trace;
use super::worker::{Character, Slot};
use super::workload::reset_ambient;
use super::{Config, Counters, FINISH_WITHIN, Outcome, Rng, registry};
use crate::checker::Observer;

/// Things that may happen in one run. A run that needs more does not come to an end.
const STEPS_MAX: u64 = 150_000;

/// A worker of a slot: a slot's next worker has another generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) slot: usize,
    pub(super) generation: u64,
}

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    /// A slot gets a new worker.
    Enter(usize),
    Round(Who),
    Heartbeat(Who),
    Sweep(Who),
    RunEnds(Who, RunId),
    /// The store carries out a call.
    Perform(u64),
    /// The answer arrives.
    Answer(u64),
    /// Something goes wrong somewhere.
    Fault,
    FaultsEnd,
    Resume(Who),
    /// The client starts an orchestration, or tries again.
    Start(usize),
    /// The client does something to an orchestration that runs.
    Act(usize),
    /// An operator does something.
    Operate,
    /// Somebody looks after an instance that is taken for poison.
    Poke(InstanceKey),
    /// The new build comes.
    Deploy,
    Observe,
}

pub(super) struct Sim {
    pub(super) seed: u64,
    pub(super) config: Config,
    pub(super) store: Arc<dyn Store>,
    pub(super) registry: Arc<Registry>,
    pub(super) builds: Builds,
    pub(super) rng: Rng,
    pub(super) now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Next>,
    last_event: u64,
    pub(super) slots: Vec<Slot>,
    pub(super) character: Character,
    pub(super) calls: BTreeMap<u64, Call>,
    pub(super) last_call: u64,
    pub(super) client: Client,
    pub(super) faults: bool,
    /// The largest jump of a clock: what it has written into histories lies so far ahead.
    pub(super) largest_jump: Duration,
    pub(super) monitor: Monitor,
    pub(super) observer: Observer,
    pub(super) trace: Trace,
    pub(super) counters: Counters,
    pub(super) violations: Vec<String>,
}

impl Sim {
    pub(super) fn new(seed: u64, store: Arc<dyn Store>, config: &Config) -> Self {
        reset_ambient();
        let mut rng = Rng::new(seed);
        let mut violations = Vec::new();
        let registry = registry().unwrap_or_else(|e| {
            violations.push(e.to_string());
            Registry::new()
        });
        let registry = Arc::new(registry);
        let builds = Builds::draw(&mut rng, registry.clone());
        let slots = rng.between(1, config.workers.max(1) as u64);
        let character = Character::draw(&mut rng);
        let client = Client::draw(&mut rng, config);
        Self {
            seed,
            config: config.clone(),
            store,
            registry,
            builds,
            now: Timestamp::from_unix_micros(0),
            queue: BTreeMap::new(),
            last_event: 0,
            slots: (0..slots).map(|_| Slot::default()).collect(),
            character,
            calls: BTreeMap::new(),
            last_call: 0,
            client,
            faults: config.faults,
            largest_jump: Duration::ZERO,
            monitor: Monitor::default(),
            observer: Observer::new(),
            trace: Trace::new(config.keep_trace),
            counters: Counters::default(),
            violations,
            rng,
        }
    }

    pub(super) fn run(mut self) -> Outcome {
        self.set_out();
        let mut deadline = Timestamp::MAX;
        while self.violations.is_empty() {
            let Some(((at, _), next)) = self.queue.pop_first() else {
                self.violations.push("nothing is left that could happen".into());
                break;
            };
            self.now = at;
            self.counters.steps += 1;
            self.happen(next);
            if matches!(next, Next::FaultsEnd) {
                deadline = self.now + FINISH_WITHIN + self.largest_jump;
            }
            if self.is_done() {
                break;
            }
            if self.now > deadline || self.counters.steps > STEPS_MAX {
                self.not_finished();
                break;
            }
        }
        self.judge();
        Outcome {
            seed: self.seed,
            hash: self.trace.hash(),
            counters: self.counters,
            violations: self.violations,
            trace: self.trace.into_text(),
        }
    }

    fn set_out(&mut self) {
        for slot in 0..self.slots.len() {
            let after = self.rng.millis(0, 50);
            self.plan(after, Next::Enter(slot));
        }
        for job in 0..self.client.jobs() {
            let after = self.rng.millis(0, 3000);
            self.plan(after, Next::Start(job));
            let after = after + self.rng.millis(0, 300);
            self.plan(after, Next::Act(job));
        }
        let faults_for = if self.faults { self.rng.millis(1000, 15_000) } else { Duration::ZERO };
        self.plan(faults_for, Next::FaultsEnd);
        if self.faults {
            self.plan_fault();
        }
        if let Some(after) = self.builds.deployed_after() {
            self.plan(after, Next::Deploy);
        }
        let after = self.rng.millis(300, 2000);
        self.plan(after, Next::Operate);
        self.plan(self.config.observe_every, Next::Observe);
    }

    /// Something is to happen after so long.
    pub(super) fn plan(&mut self, after: Duration, next: Next) {
        self.plan_at(self.now + after, next);
    }

    pub(super) fn plan_at(&mut self, at: Timestamp, next: Next) {
        self.last_event += 1;
        self.queue.insert((at.max(self.now), self.last_event), next);
    }

    fn happen(&mut self, next: Next) {
        match next {
            Next::Enter(slot) => self.enter(slot),
            Next::Round(who) => self.round(who),
            Next::Heartbeat(who) => self.heartbeat(who),
            Next::Sweep(who) => self.sweep(who),
            Next::RunEnds(who, run) => self.run_ends(who, run),
            Next::Perform(call) => self.perform(call),
            Next::Answer(call) => self.answer(call),
            Next::Fault => self.fault(),
            Next::FaultsEnd => self.faults_end(),
            Next::Resume(who) => self.resume(who),
            Next::Start(job) => self.start(job),
            Next::Act(job) => self.act(job),
            Next::Operate => self.operate(),
            Next::Poke(key) => self.poke(key),
            Next::Deploy => self.deploy(),
            Next::Observe => self.observe(),
        }
    }

    pub(super) fn violation(&mut self, what: String) {
        self.note(format_args!("VIOLATION {what}"));
        self.violations.push(what);
    }

    pub(super) fn note(&mut self, what: std::fmt::Arguments<'_>) {
        self.trace.line(self.now, what);
    }

    /// How long something takes that is on its way: mostly short, sometimes not.
    pub(super) fn latency(&mut self) -> Duration {
        match self.rng.below(100) {
            0..=69 => self.rng.millis(0, 3),
            70..=95 => self.rng.millis(1, 60),
            _ if self.faults => self.rng.millis(50, 5000),
            _ => self.rng.millis(1, 100),
        }
    }
}
