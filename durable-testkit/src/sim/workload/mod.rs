//! What the simulated workers run, and what must come of it.

#[macro_use]
mod define;
mod activities;
mod expected;
mod language;
mod orchestrators;
mod script;
mod versions;

pub(super) use activities::{Desk, Fate, Plan};
pub(super) use expected::Expected;
pub(super) use language::reset_ambient;
pub(super) use script::Script;

use durable_core::{Payload, Registry, RegistryError};
use serde_json::{Value, json};

use super::Rng;

/// The simulator's orchestrators and activities.
///
/// # Errors
///
/// None, unless two of them have one name.
pub fn registry() -> Result<Registry, RegistryError> {
    let mut registry = Registry::new();
    activities::register(&mut registry)?;
    orchestrators::register(&mut registry)?;
    language::register(&mut registry)?;
    versions::register(&mut registry)?;
    Ok(registry)
}

/// The same as of the build before, which lacks the newer versions.
pub(super) fn registry_before() -> Result<Registry, RegistryError> {
    let mut registry = Registry::new();
    activities::register(&mut registry)?;
    orchestrators::register(&mut registry)?;
    language::register(&mut registry)?;
    versions::register_before(&mut registry)?;
    Ok(registry)
}

/// How large the orchestrations are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A few steps each.
    Small,
    /// Up to a few dozen.
    Normal,
}

/// One orchestration to start.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) input: Payload,
    pub(super) expected: Expected,
    /// What the client does to it while it runs. Then it is started exactly once.
    pub(super) script: Script,
    /// Whether it may also end because the client ends it.
    pub(super) may_be_terminated: bool,
}

impl Job {
    pub(super) fn draw(rng: &mut Rng, size: Size) -> Self {
        if rng.chance(100) {
            return versions::draw(rng);
        }
        let (name, input, expected, mut script) =
            if rng.chance(600) { script::draw(rng, size) } else { Self::draw_basic(rng, size) };
        let may_be_terminated = rng.chance(500) && script::disturb(rng, &mut script);
        // A Value always encodes.
        let input = Payload::encode(&input).unwrap_or_else(|_| Payload::null());
        Self { name, version: "", input, expected, script, may_be_terminated }
    }

    fn draw_basic(rng: &mut Rng, size: Size) -> (&'static str, Value, Expected, Script) {
        let n =
            |rng: &mut Rng, small: u64, normal: u64| rng.between(1, if size == Size::Small { small } else { normal });
        let (name, input, expected) = match rng.below(10) {
            0 => {
                let (steps, from) = (n(rng, 4, 15), rng.below(100));
                ("sim_chain", json!([steps, from]), Expected::Output(json!(from + (0..steps).sum::<u64>())))
            }
            1 => {
                let (width, limit) = (n(rng, 5, 20), rng.below(6));
                let squares: Vec<u64> = (0..width).map(|i| i * i).collect();
                ("sim_fan", json!([width, limit]), Expected::Output(json!(squares)))
            }
            2 => {
                let width = n(rng, 4, 12);
                let bad = rng.below(width);
                ("sim_first_error", json!([width, bad]), Expected::Error(format!("{bad} is bad")))
            }
            3 => {
                let naps: Vec<u64> = (0..n(rng, 2, 4)).map(|_| rng.between(1, 8000)).collect();
                let expected = Expected::Output(json!([naps.len(), true]));
                ("sim_naps", json!([naps]), expected)
            }
            4 => {
                let steps = n(rng, 2, 4);
                ("sim_retries", json!([steps]), Expected::Output(json!((0..steps).sum::<u64>())))
            }
            5 => {
                let nap = rng.between(1, 6000);
                ("sim_join", json!([3, 4, nap]), Expected::Output(json!([7, 11, true])))
            }
            6 if rng.chance(500) => {
                ("sim_fails_within", json!([n(rng, 2, 3), rng.below(2)]), Expected::Error("as it should".into()))
            }
            6 => ("sim_fails", json!([n(rng, 2, 3)]), Expected::Error("as it should".into())),
            7 => ("sim_drops", json!([n(rng, 2, 3)]), Expected::Output(json!(5))),
            8 => ("sim_captures", json!([n(rng, 2, 3)]), Expected::Captured),
            _ => ("sim_slow", json!([n(rng, 2, 3)]), Expected::Output(json!(true))),
        };
        (name, input, expected, Script::new())
    }
}
