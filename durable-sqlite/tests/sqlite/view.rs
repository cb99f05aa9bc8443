//! `history_events`: what other tools see.

use std::time::Duration;

use durable_core::history::{Event, ExecutionStarted, PackedTurn, SubOrchestrationCreated, Turn};
use durable_core::{EventSeq, Failure, FailureKind, Payload, TaskId, Timestamp};

use crate::{apply, new, open, owned, place, query, worker};

fn json(json: &str) -> Payload {
    Payload::from_json(json).unwrap()
}

#[test]
fn one_row_per_event_whatever_the_packing() {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let at = Timestamp::from_unix_micros(1_700_000_000_000_007);
    let started = ExecutionStarted::new("hello", "", json("[1]"), 5);
    let scheduled = |id, name: &str| Event::TaskScheduled {
        id: TaskId(id),
        attempt: 1,
        name: name.into(),
        input: json(r#"["Tokyo"]"#),
        options: Default::default(),
    };
    let first = Turn {
        seq: EventSeq(0),
        at,
        messages: vec![Event::ExecutionStarted(Box::new(started))],
        decisions: vec![
            scheduled(0, "say_hello"),
            scheduled(1, "fail"),
            Event::TimerCreated { id: TaskId(2), attempt: 1, fire_at: at + Duration::from_secs(1) },
        ],
    };
    let second = Turn {
        seq: EventSeq(5),
        at: at + Duration::from_secs(61),
        messages: vec![
            Event::TaskCompleted { id: TaskId(0), attempt: 1, result: json(r#""Hello""#) },
            Event::TaskFailed {
                id: TaskId(1),
                attempt: 1,
                failure: Failure::new(FailureKind::Application, "it's bad"),
            },
            Event::TimerFired { id: TaskId(2), attempt: 1 },
        ],
        decisions: vec![Event::ExecutionCompleted { output: json("[true]") }],
    };
    let keys = apply(&store, vec![new("order's 7", Some(lease), Some(PackedTurn::pack(&first).unwrap()))]);
    apply(&store, vec![owned(lease, keys[0], PackedTurn::pack(&second).unwrap())]);
    let (one, two) = ("2023-11-14T22:13:20.000007Z", "2023-11-14T22:14:21.000007Z");
    let rows = query(
        &path,
        "SELECT instance, execution, sequence, type, timestamp, task, name, input, result, status \
         FROM history_events ORDER BY instance, execution, sequence",
    );
    let id = "order's 7";
    let expected = [
        [id, "0", "0", "TurnStarted", one, "-", "-", "-", "-", "started"],
        [id, "0", "1", "ExecutionStarted", one, "-", "hello", "[1]", "-", "started"],
        [id, "0", "2", "TaskScheduled", one, "0", "say_hello", "[\"Tokyo\"]", "-", "scheduled"],
        [id, "0", "3", "TaskScheduled", one, "1", "fail", "[\"Tokyo\"]", "-", "scheduled"],
        [id, "0", "4", "TimerCreated", one, "2", "-", "-", "-", "scheduled"],
        [id, "0", "5", "TurnStarted", two, "-", "-", "-", "-", "started"],
        [id, "0", "6", "TaskCompleted", two, "0", "-", "-", "\"Hello\"", "completed"],
        [id, "0", "7", "TaskFailed", two, "1", "-", "-", "it's bad", "failed"],
        [id, "0", "8", "TimerFired", two, "2", "-", "-", "-", "fired"],
        [id, "0", "9", "ExecutionCompleted", two, "-", "-", "-", "[true]", "completed"],
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_turn_that_sqlite_cannot_read_hides_no_other() {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let deep = json(&format!("{}1{}", "[".repeat(2_000), "]".repeat(2_000)));
    let large = Payload::encode(&"x".repeat(durable_core::limits::COMPRESS_FROM_BYTES)).unwrap();
    let turn = |output| {
        let decisions = vec![Event::ExecutionCompleted { output }];
        PackedTurn::pack(&Turn { seq: EventSeq(0), at: crate::at(0), messages: vec![], decisions }).unwrap()
    };
    apply(
        &store,
        vec![
            new("a", Some(lease), Some(crate::turn(0, 2))),
            new("deep", Some(lease), Some(turn(deep))),
            new("large", Some(lease), Some(turn(large))),
        ],
    );
    let odd = |body: &str| PackedTurn { body: body.into(), ..crate::turn(0, 1) };
    let bodies =
        [("o1", "not JSON"), ("o2", "7"), ("o3", r#"["Later",{"Tuple":[1]},{"Text":"abc"},null]"#), ("o4", "")];
    apply(&store, bodies.iter().map(|(id, body)| new(id, Some(lease), Some(odd(body)))).collect());
    let rows = query(&path, "SELECT instance, sequence, type, name FROM history_events ORDER BY instance, sequence");
    let expected = [
        ["a", "0", "TurnStarted", "-"],
        ["a", "1", "TimerFired", "-"],
        ["deep", "0", "Unreadable", "-"],
        ["large", "0", "Compressed", "-"],
        ["o1", "0", "Unreadable", "-"],
        ["o2", "0", "7", "-"],
        ["o3", "0", "Later", "-"],
        ["o3", "1", "Tuple", "-"],
        ["o3", "2", "Text", "-"],
        ["o3", "3", "null", "-"],
        ["o4", "0", "Unreadable", "-"],
    ];
    assert_eq!(rows, expected);
}

#[test]
fn every_type_of_event_has_its_columns() {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let failure = Failure::new(FailureKind::Application, "it's bad");
    let created = SubOrchestrationCreated {
        id: TaskId(3),
        attempt: 1,
        instance: "child".into(),
        name: "ship".into(),
        version: "2".into(),
        input: json("[3]"),
        options: Default::default(),
        detached: false,
    };
    let messages = vec![
        Event::SubOrchestrationCompleted { id: TaskId(1), attempt: 1, result: json("[1]") },
        Event::SubOrchestrationFailed { id: TaskId(2), attempt: 1, failure },
        Event::EventRaised { name: "paid".into(), payload: json("{\"by\":1}") },
        Event::TerminateRequested { reason: "enough".into(), by: None },
        Event::Suspended { reason: "lunch".into() },
        Event::Resumed { reason: "coffee".into() },
    ];
    let decisions = vec![
        Event::EventAwaited { id: TaskId(4), name: "paid".into() },
        Event::EventAwaitCanceled { id: TaskId(4) },
        Event::SubOrchestrationCreated(Box::new(created)),
        Event::SubOrchestrationCanceled { id: TaskId(3), instance: "child".into() },
        Event::EventSent { instance: "b".into(), name: "go".into(), payload: json("null") },
        Event::CustomStatusSet { status: json("\"half\"") },
        Event::SideEffectRecorded { id: TaskId(5), value: json("0.5") },
        Event::PatchApplied { patch: "faster".into() },
        Event::TaskCanceled { id: TaskId(6) },
        Event::TimerCanceled { id: TaskId(7) },
        Event::ContinuedAsNew { name: "f".into(), version: "2".into(), input: json("[9]"), carry_events: true },
    ];
    let all = Turn { seq: EventSeq(0), at: crate::at(0), messages, decisions };
    let end = |event| {
        let turn = Turn { seq: EventSeq(0), at: crate::at(0), messages: vec![], decisions: vec![event] };
        Some(PackedTurn::pack(&turn).unwrap())
    };
    let failed = Event::ExecutionFailed { failure: Failure::new(FailureKind::Panic, "oh") };
    apply(
        &store,
        vec![
            new("a", Some(lease), Some(PackedTurn::pack(&all).unwrap())),
            new("b", Some(lease), end(Event::ExecutionTerminated { reason: "enough".into() })),
            new("c", Some(lease), end(failed)),
        ],
    );
    let rows = query(
        &path,
        "SELECT type, task, name, input, result, status FROM history_events WHERE type <> 'TurnStarted' \
         ORDER BY instance, sequence",
    );
    let expected = [
        ["SubOrchestrationCompleted", "1", "-", "-", "[1]", "completed"],
        ["SubOrchestrationFailed", "2", "-", "-", "it's bad", "failed"],
        ["EventRaised", "-", "paid", "{\"by\":1}", "-", "raised"],
        ["TerminateRequested", "-", "-", "-", "enough", "requested"],
        ["Suspended", "-", "-", "-", "lunch", "suspended"],
        ["Resumed", "-", "-", "-", "coffee", "resumed"],
        ["EventAwaited", "4", "paid", "-", "-", "waiting"],
        ["EventAwaitCanceled", "4", "-", "-", "-", "canceled"],
        ["SubOrchestrationCreated", "3", "ship", "[3]", "-", "scheduled"],
        ["SubOrchestrationCanceled", "3", "-", "-", "-", "canceled"],
        ["EventSent", "-", "go", "null", "-", "sent"],
        ["CustomStatusSet", "-", "-", "\"half\"", "-", "set"],
        ["SideEffectRecorded", "5", "-", "-", "0.5", "recorded"],
        ["PatchApplied", "-", "faster", "-", "-", "applied"],
        ["TaskCanceled", "6", "-", "-", "-", "canceled"],
        ["TimerCanceled", "7", "-", "-", "-", "canceled"],
        ["ContinuedAsNew", "-", "f", "[9]", "-", "continued"],
        ["ExecutionTerminated", "-", "-", "-", "enough", "terminated"],
        ["ExecutionFailed", "-", "-", "-", "oh", "failed"],
    ];
    assert_eq!(rows, expected);
}
