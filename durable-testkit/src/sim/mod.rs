//! The simulator: whole workers over one store, under virtual time, with seeded faults.
//!
//! One seed is one run, to the byte: every choice comes from [`Rng`], time is a number, and the
//! engines are state machines. The store is a parameter; its calls are carried out one at a
//! time, at a random moment after they were asked for, and answered at a random moment after
//! that.
//!
//! What can happen: workers crash, stop, pause past the end of their lease and come back, and
//! see their clocks jump; calls are late, fail, or fail though they were applied; activities
//! fail, panic, overrun; some workers are much slower than others; a new build comes to one worker
//! after the other, and operators purge, start again, rewind and retry. When the faults stop,
//! everything must finish within [`FINISH_WITHIN`] and a bounded number of steps, with the
//! expected results, and the [`checker`](crate::checker) must find nothing.
//!
//! A seed that fails is run again for its trace. `DURABLE_SIM_SEED=403 cargo test -p
//! durable-testkit --test sim_memory -- --nocapture` runs that seed alone and prints it.

mod block_on;
mod builds;
mod calls;
mod client;
mod commits;
mod describe;
mod explore;
mod faults;
mod monitor;
mod operations;
mod operator;
mod requests;
mod rng;
mod rounds;
mod runs;
mod trace;
mod verdict;
mod worker;
mod workload;
mod world;

pub use block_on::block_on;
pub use explore::{Exploration, explore};
pub use rng::Rng;
pub use workload::{Size, registry};

use std::sync::Arc;
use std::time::Duration;

use durable_core::store::Store;

/// How long everything may take, by the virtual clock, once the faults have stopped. Dominated
/// by leases that must run out and by backoff; clock jumps are added to it.
pub const FINISH_WITHIN: Duration = Duration::from_secs(120);

/// What is simulated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Workers, at most.
    pub workers: usize,
    /// Orchestrations, at most.
    pub instances: usize,
    /// How large they are.
    pub size: Size,
    /// Whether anything fails.
    pub faults: bool,
    /// How often, by the virtual clock, the store is read and compared with what it was before.
    pub observe_every: Duration,
    /// Whether the trace is kept as text.
    pub keep_trace: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            workers: 3,
            instances: 6,
            size: Size::Normal,
            faults: true,
            observe_every: Duration::from_secs(2),
            keep_trace: false,
        }
    }
}

impl Config {
    /// Three workers, up to six orchestrations, faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// With smaller orchestrations, for stores that are slower than memory.
    #[must_use]
    pub fn small(mut self) -> Self {
        self.instances = 3;
        self.size = Size::Small;
        self.observe_every = Duration::from_secs(6);
        self
    }

    /// With up to so many workers.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// With up to so many orchestrations.
    #[must_use]
    pub fn instances(mut self, instances: usize) -> Self {
        self.instances = instances;
        self
    }

    /// Without faults.
    #[must_use]
    pub fn without_faults(mut self) -> Self {
        self.faults = false;
        self
    }
}

/// How often things happened in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Things that happened, one by one.
    pub steps: u64,
    /// Workers that crashed.
    pub crashes: u64,
    /// Workers that stopped in good order.
    pub stops: u64,
    /// Workers that were paused.
    pub pauses: u64,
    /// Clocks that jumped.
    pub jumps: u64,
    /// Leases that were lost.
    pub leases_lost: u64,
    /// Store calls that failed.
    pub failed_calls: u64,
    /// Store calls that were applied and failed.
    pub unknown_applied: u64,
    /// Commits that the store refused.
    pub refused: u64,
    /// Turns that were committed.
    pub turns: u64,
    /// Activities that were started.
    pub runs: u64,
    /// Executions that continued as new.
    pub continued: u64,
    /// Instances that others have made.
    pub children: u64,
    /// Messages of the client to orchestrations that run.
    pub messages: u64,
    /// Requests that came a second time, and had no effect.
    pub repeated: u64,
    /// Instances that were purged.
    pub purged: u64,
    /// Orchestrations that took the place of one that had ended.
    pub started_again: u64,
    /// Instances that went on from before their failure, on request.
    pub rewound: u64,
    /// Instances that waited for a build that has their code.
    pub parked: u64,
    /// Instances that were taken for poison, and let go on by an operator.
    pub poisoned: u64,
}

impl std::ops::AddAssign for Counters {
    fn add_assign(&mut self, o: Self) {
        self.steps += o.steps;
        self.crashes += o.crashes;
        self.stops += o.stops;
        self.pauses += o.pauses;
        self.jumps += o.jumps;
        self.leases_lost += o.leases_lost;
        self.failed_calls += o.failed_calls;
        self.unknown_applied += o.unknown_applied;
        self.refused += o.refused;
        self.turns += o.turns;
        self.runs += o.runs;
        self.continued += o.continued;
        self.children += o.children;
        self.messages += o.messages;
        self.repeated += o.repeated;
        self.purged += o.purged;
        self.started_again += o.started_again;
        self.rewound += o.rewound;
        self.parked += o.parked;
        self.poisoned += o.poisoned;
    }
}

/// How a run went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// Of its trace: two runs of one seed have the same.
    pub hash: u64,
    /// What happened how often.
    pub counters: Counters,
    /// What is wrong; empty if all is well.
    pub violations: Vec<String>,
    /// Its trace, if it was kept.
    pub trace: String,
}

/// Runs one seed over this store, which should be empty.
pub fn run(seed: u64, store: Arc<dyn Store>, config: &Config) -> Outcome {
    world::Sim::new(seed, store, config).run()
}
