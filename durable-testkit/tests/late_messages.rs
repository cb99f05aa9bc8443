//! What comes in one turn with a continue-as-new, after it: for the successor.

use durable_core::history::{Event, ExecutionStarted};
use durable_core::replay::Execution;
use durable_core::{ExecutionId, InstanceId, Payload, Timestamp};
use durable_testkit::sim::registry;

fn started() -> Event {
    let input = Payload::from_json("[0]").expect("JSON");
    let (name, version) = ("sim_treadmill", "");
    Event::ExecutionStarted(Box::new(ExecutionStarted::new(name, version, input, 1)))
}

fn raised(n: u64) -> Event {
    Event::EventRaised { name: "go".into(), payload: Payload::encode(&n).expect("a number") }
}

/// Of an execution that continues as new when its timer fires.
fn left_over(turns: Vec<Vec<Event>>) -> Vec<String> {
    let registry = registry().expect("the workload");
    let code = registry.orchestrator("sim_treadmill", "").expect("it is there").clone();
    let mut execution = Execution::new(InstanceId::from_stored("i"), ExecutionId(0), code);
    for (n, messages) in (0..).zip(turns) {
        execution.run(Timestamp::from_unix_micros(n * 1_000_000), messages).expect("it runs");
    }
    assert!(execution.has_ended());
    execution.take_untaken_events().iter().map(ToString::to_string).collect()
}

fn fired() -> Event {
    Event::TimerFired { id: durable_core::TaskId(0), attempt: 1 }
}

fn suspend() -> Event {
    Event::Suspended { reason: "r".into() }
}

fn resume() -> Event {
    Event::Resumed { reason: "r".into() }
}

#[test]
fn what_is_asked_for_goes_along() {
    let end = Event::TerminateRequested { reason: "r".into(), by: None };
    let turns = vec![vec![started()], vec![raised(1), fired(), suspend(), raised(2), resume(), end]];
    let expected = ["event \"go\" with 1", "suspend: r", "event \"go\" with 2", "resume: r", "terminate: r"];
    assert_eq!(left_over(turns), expected);
}

#[test]
fn what_was_held_back_goes_along() {
    let held = vec![raised(1), fired(), raised(2), raised(3)];
    let turns = vec![vec![started()], vec![suspend()], held, vec![raised(4), resume(), raised(5)]];
    let expected: Vec<String> = (1..=5).map(|n| format!("event \"go\" with {n}")).collect();
    assert_eq!(left_over(turns), expected);
}
