//! What the client does to an orchestration while it runs.

use std::time::Duration;

use durable_core::Payload;
use durable_core::history::Event;
use serde_json::{Value, json};

use super::{Expected, Size};
use crate::sim::Rng;

/// Messages, one after the other, each so long after the one before.
pub(in crate::sim) type Script = Vec<(Duration, Event)>;

/// An orchestration of the language: its name, its arguments, what must come of it, and the
/// events that it needs.
pub(super) fn draw(rng: &mut Rng, size: Size) -> (&'static str, Value, Expected, Script) {
    let n = |rng: &mut Rng, small: u64, normal: u64| rng.between(1, if size == Size::Small { small } else { normal });
    let fed = |rng: &mut Rng, count: u64| {
        let script: Script = (0..count).map(|n| (pause(rng), raised(rng, n))).collect();
        (Expected::Output(json!((0..count).collect::<Vec<_>>())), script)
    };
    let (name, input, expected) = match rng.below(14) {
        0 => {
            let count = n(rng, 4, 8);
            let (expected, script) = fed(rng, count);
            return ("sim_collect", json!([count, rng.chance(500)]), expected, script);
        }
        1..=3 => {
            let count = n(rng, 6, 14);
            let (expected, script) = fed(rng, count);
            return ("sim_loop", json!([count, rng.between(1, 4), []]), expected, script);
        }
        4 => {
            let count = n(rng, 4, 8);
            let (expected, script) = fed(rng, count);
            return ("sim_patient", json!([count, rng.between(20, 1500)]), expected, script);
        }
        5 => {
            let count = n(rng, 3, 6);
            let (expected, script) = fed(rng, count);
            return ("sim_race", json!([count, rng.between(50, 1500)]), expected, script);
        }
        6 => {
            let (depth, width) = (n(rng, 1, 2), n(rng, 3, 3));
            let nodes = (0..=depth).map(|level| width.pow(u32::try_from(level).unwrap_or(0))).sum::<u64>();
            ("sim_tree", json!([depth, width]), Expected::Output(json!(nodes)))
        }
        7 => ("sim_family", json!([n(rng, 2, 4)]), Expected::Started),
        8 => {
            let fails = rng.below(4);
            ("sim_stubborn", json!([fails]), Expected::Output(json!([fails + 1, fails + 1])))
        }
        9 => {
            let count = n(rng, 4, 8);
            ("sim_postman", json!([count]), Expected::Output(json!((0..count).collect::<Vec<_>>())))
        }
        10 => {
            let count = n(rng, 3, 5);
            ("sim_ping", json!([count]), Expected::Output(json!(count)))
        }
        11 => ("sim_abandon", json!([rng.between(1, 3000)]), Expected::Output(json!(false))),
        12 if rng.chance(500) => {
            ("sim_restarts", json!([n(rng, 3, 5), rng.between(1, 80)]), Expected::Output(json!(8)))
        }
        12 => {
            let name = if rng.chance(500) { "sim_countdown" } else { "sim_awaits" };
            (name, json!([n(rng, 4, 9)]), Expected::Output(json!(7)))
        }
        _ if rng.chance(500) => ("sim_effects", json!([n(rng, 2, 4)]), Expected::Captured),
        _ => {
            let width = n(rng, 4, 9);
            let squares: Vec<u64> = (0..width).map(|i| i * i).collect();
            ("sim_completes", json!([width]), Expected::Output(json!(squares)))
        }
    };
    (name, input, expected, Script::new())
}

/// Suspends and resumes now and then, and sometimes ends it before its time. Whether it does.
pub(super) fn disturb(rng: &mut Rng, script: &mut Script) -> bool {
    if rng.chance(250) {
        for _ in 0..rng.between(1, 3) {
            let from = rng.index(script.len() + 1);
            script.insert(from, (pause(rng), Event::Suspended { reason: "simulated".into() }));
            let to = from + 1 + rng.index(script.len() - from);
            script.insert(to, (pause(rng), Event::Resumed { reason: "simulated".into() }));
        }
    }
    let ends = rng.chance(100);
    if ends {
        script.truncate(rng.index(script.len() + 1));
        script.push((pause(rng), Event::TerminateRequested { reason: "simulated".into(), by: None }));
    }
    ends
}

fn pause(rng: &mut Rng) -> Duration {
    match rng.below(4) {
        0 | 1 => rng.millis(0, 5),
        2 => rng.millis(0, 100),
        _ => rng.millis(0, 1500),
    }
}

fn raised(rng: &mut Rng, n: u64) -> Event {
    let name = ["go", "Go", "GO"][rng.index(3)].to_owned();
    Event::EventRaised { name, payload: Payload::encode(&n).unwrap_or_else(|_| Payload::null()) }
}
