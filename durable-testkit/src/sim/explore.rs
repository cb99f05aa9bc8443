//! Many seeds, one after the other, until one fails.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use durable_core::store::Store;

use super::{Config, Counters, Outcome, run};

/// What came of many seeds.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Exploration {
    /// How many seeds were run.
    pub seeds: u64,
    /// How many of them were run twice and compared.
    pub twice: u64,
    /// What happened how often in all of them.
    pub counters: Counters,
    /// The first that failed, with its trace. The seeds after it were not run.
    pub failed: Option<Outcome>,
}

impl Exploration {
    /// # Panics
    ///
    /// If a seed failed; the message has its trace and says how to run it again.
    #[track_caller]
    pub fn assert_clean(&self) {
        if let Some(failed) = &self.failed {
            let violations = failed.violations.join("\n  ");
            let seed = failed.seed;
            panic!(
                "seed {seed} fails (run it again with DURABLE_SIM_SEED={seed}):\n{}\nseed {seed} violates:\n  {violations}",
                failed.trace
            );
        }
    }
}

/// Runs these seeds, each over a store of its own; every hundredth twice, to see that one seed
/// is one run. Stops at the first that fails, and runs that one again for its trace.
///
/// With `DURABLE_SIM_SEED` in the environment only that seed is run, and its trace is printed.
pub fn explore(seeds: Range<u64>, config: &Config, mut store: impl FnMut(u64) -> Arc<dyn Store>) -> Exploration {
    let mut all = Exploration::default();
    if let Some(seed) = std::env::var("DURABLE_SIM_SEED").ok().and_then(|s| s.parse().ok()) {
        if !seeds.contains(&seed) {
            return all;
        }
        let outcome = guarded(seed, store(seed), &Config { keep_trace: true, ..config.clone() });
        eprintln!("{}seed {seed}: {:#?}", outcome.trace, outcome.counters);
        all.seeds = 1;
        all.counters = outcome.counters;
        all.failed = (!outcome.violations.is_empty()).then_some(outcome);
        return all;
    }
    for seed in seeds {
        let mut outcome = guarded(seed, store(seed), config);
        all.seeds += 1;
        all.counters += outcome.counters;
        if outcome.violations.is_empty() && seed % 100 == 0 {
            let again = guarded(seed, store(seed), config);
            all.twice += 1;
            if again != outcome {
                outcome.violations.push(format!("its second run differs: {:x} and {:x}", outcome.hash, again.hash));
            }
        }
        if !outcome.violations.is_empty() {
            let traced = guarded(seed, store(seed), &Config { keep_trace: true, ..config.clone() });
            all.failed = Some(Outcome { trace: traced.trace, ..outcome });
            break;
        }
    }
    all
}

/// A panic of the engine is a finding like any other.
fn guarded(seed: u64, store: Arc<dyn Store>, config: &Config) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| run(seed, store, config))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| panic.downcast_ref().cloned());
        Outcome {
            seed,
            hash: 0,
            counters: Counters::default(),
            violations: vec![format!("a panic: {}", text.unwrap_or_default())],
            trace: "(no trace of a run that panicked)\n".into(),
        }
    })
}
