//! Orchestrators of several versions, of which not every build has all.

use std::time::Duration;

use durable_core::{Invocation, Payload, Registry, RegistryError};
use serde_json::json;

use super::activities::Add;
use super::orchestrators::said;
use super::{Expected, Job, Script};
use crate::sim::Rng;

orchestrator!(
    /// As it was first.
    First, "sim_version", version "1", |ctx, (steps: u64)| -> (u64, u64) {
        let mut sum = 0;
        for step in 0..steps {
            sum = ctx.call(Add::with(sum, step)).await.map_err(said)?;
        }
        Ok((1, sum))
    }
);

orchestrator!(
    /// Does the same in other steps.
    Second, "sim_version", version "2", |ctx, (steps: u64)| -> (u64, u64) {
        ctx.timer(Duration::from_millis(20)).await;
        let sum = ctx.call(Add::with((0..steps).sum(), 0)).await.map_err(said)?;
        Ok((2, sum))
    }
);

orchestrator!(
    /// Goes over to the next version, and calls a child of it.
    Upgrade, "sim_upgrade", version "1", |ctx, (steps: u64)| -> (u64, u64) {
        ctx.call(Add::with(1, steps)).await.map_err(said)?;
        ctx.continue_as_new(Invocation::<Upgraded>::new(&(steps,))).await
    }
);

orchestrator!(
    /// What it goes over to.
    Upgraded, "sim_upgrade", version "2", |ctx, (steps: u64)| -> (u64, u64) {
        ctx.call(Invocation::<Second>::new(&(steps,))).await.map_err(said)
    }
);

/// One of them.
pub(super) fn draw(rng: &mut Rng) -> Job {
    let steps = rng.between(1, 5);
    let sum: u64 = (0..steps).sum();
    let (name, version, gives) = match rng.below(3) {
        0 => ("sim_version", "1", 1),
        1 => ("sim_version", "2", 2),
        _ => ("sim_upgrade", "1", 2),
    };
    let input = Payload::encode(&(steps,)).unwrap_or_else(|_| Payload::null());
    let expected = Expected::Output(json!([gives, sum]));
    Job { name, version, input, expected, script: Script::new(), may_be_terminated: false }
}

pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    register_before(registry)?;
    [Second::registration(), Upgraded::registration()].into_iter().try_for_each(|r| registry.add(r))
}

/// What the build before has.
pub(super) fn register_before(registry: &mut Registry) -> Result<(), RegistryError> {
    [First::registration(), Upgrade::registration()].into_iter().try_for_each(|r| registry.add(r))
}
