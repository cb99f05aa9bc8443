//! The second run of each turn sees other surroundings than the first.

use std::sync::atomic::{AtomicU64, Ordering};

use durable_core::worker::{SecondRun, Sighting};
use durable_perturb::What;
use durable_rules::Code;

/// Perturbs each second run differently. The first run is left alone: what it does is recorded.
#[derive(Default)]
pub(super) struct Perturbed {
    runs: AtomicU64,
}

impl SecondRun for Perturbed {
    fn around(&self, run: &mut dyn FnMut()) -> Vec<Sighting> {
        let seed = self.runs.fetch_add(1, Ordering::Relaxed);
        let ((), seen) = durable_perturb::during(seed, durable_core::is_exempt, run);
        seen.into_iter().map(sighting).collect()
    }
}

fn sighting(seen: durable_perturb::Sighting) -> Sighting {
    let (what, code) = match seen.what {
        What::Clock => ("the clock was read", Code::Clock),
        What::Random => ("random bytes were drawn", Code::Randomness),
        What::Environment => ("an environment variable was read", Code::Environment),
        What::Sleep => ("the thread slept", Code::Threads),
        What::File => ("a file was opened or looked up", Code::Io),
        _ => ("the network was used", Code::Network),
    };
    let instead = match seen.what {
        What::Sleep => "write `ctx.timer(..).await`",
        _ => code.instead(),
    };
    Sighting::new(format!("{code}: {what}"), seen.at, instead)
}
