//! The checker on histories written by hand: each broken in one way.

use std::time::Duration;

use durable_core::history::PackedTurn;
use durable_core::store::{InstanceRecord, Lease, Status, WorkerRecord};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, LeaseEpoch, Timestamp, WorkerId};
use durable_testkit::checker::{InstanceState, Observer, Snapshot, check_snapshot};

const START: &str = r#"{"TurnStarted":{"at":5}},{"ExecutionStarted":{"name":"f","input":[],"seed":1}}"#;
const CALL: &str = r#"{"TaskScheduled":{"id":0,"name":"g","input":[]}}"#;
const DONE: &str = r#"{"TaskCompleted":{"id":0,"result":1}}"#;
const END: &str = r#"{"ExecutionCompleted":{"output":1}}"#;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros)
}

/// Turns as text, numbered one after the other.
fn turns(bodies: &[String]) -> Vec<PackedTurn> {
    let mut next = EventSeq(0);
    let mut turn = |body: &String| {
        let body = format!("[{body}]");
        let events: Vec<serde_json::Value> = serde_json::from_str(&body).expect("the fixture is JSON");
        let (seq, count) = (next, events.len() as u64);
        next = seq.plus(count);
        PackedTurn { seq, count, codec: 1, body: body.into() }
    };
    bodies.iter().map(&mut turn).collect()
}

/// One worker, and one instance that it owns.
fn snapshot(status: Status, bodies: &[String]) -> Snapshot {
    let lease = Lease { worker: WorkerId(1), epoch: LeaseEpoch(1) };
    let worker = WorkerRecord {
        id: lease.worker,
        epoch: lease.epoch,
        name: "w".into(),
        offers: Vec::new(),
        expires_at: at(0) + Duration::from_secs(30),
        fenced: false,
    };
    let record = InstanceRecord {
        key: InstanceKey(1),
        id: InstanceId::from_stored("i"),
        execution: ExecutionId(0),
        name: "f".into(),
        version: String::new(),
        status,
        parked_reason: None,
        created_at: at(0),
        updated_at: at(0),
        owner: (!status.is_finished()).then_some(lease.worker),
        wake_at: None,
        crashes: 0,
    };
    let instances = vec![InstanceState { record, turns: turns(bodies) }];
    Snapshot { workers: vec![worker], instances, inbox: Vec::new() }
}

#[track_caller]
fn check(status: Status, bodies: &[String], says: &[&str]) {
    let report = check_snapshot(&snapshot(status, bodies), None);
    let found: Vec<String> = report.violations().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), says.len(), "{report}");
    for (found, says) in found.iter().zip(says) {
        assert!(found.contains(says), "{found:?} does not say {says:?}");
    }
}

fn turn(at: i64, events: &[&str]) -> String {
    let mut body = format!(r#"{{"TurnStarted":{{"at":{at}}}}}"#);
    events.iter().for_each(|e| body.extend([",", e]));
    body
}

fn first(decisions: &[&str]) -> String {
    let mut body = START.to_owned();
    decisions.iter().for_each(|e| body.extend([",", e]));
    body
}

#[test]
fn a_whole_history_is_clean() {
    check(Status::Completed, &[first(&[CALL]), turn(6, &[DONE, END])], &[]);
    check(Status::Running, &[first(&[CALL])], &[]);
}

#[test]
fn i5_one_start() {
    let start = &START[START.find(',').map_or(0, |n| n + 1)..];
    check(Status::Running, &[first(&[CALL]), turn(6, &[start])], &["more than one ExecutionStarted"]);
    check(Status::Running, &[turn(5, &[CALL])], &["no ExecutionStarted"]);
}

#[test]
fn i6_one_end() {
    check(Status::Running, &[first(&[END])], &["ends as Completed, but the row says Running", "waits for nothing"]);
    check(Status::Failed, &[first(&[END])], &["ends as Completed, but the row says Failed"]);
    check(Status::Completed, &[first(&[])], &["the history has no end"]);
    check(Status::Completed, &[first(&[END]), turn(6, &[END])], &["2 terminal events", "turns follow the end"]);
}

#[test]
fn i7_resolve_once() {
    check(Status::Completed, &[first(&[]), turn(6, &[DONE, END])], &["which nothing before it scheduled"]);
    check(Status::Completed, &[first(&[CALL]), turn(6, &[DONE, DONE, END])], &["which has an end already"]);
    let cancel = r#"{"TaskCanceled":{"id":0}}"#;
    check(Status::Completed, &[first(&[CALL, cancel]), turn(6, &[DONE, END])], &["which was cancelled"]);
    check(Status::Completed, &[first(&[cancel, END])], &["cancels what is not open"]);
    // A result that comes in the turn that drops its call.
    check(Status::Completed, &[first(&[CALL]), turn(6, &[DONE, cancel, END])], &[]);
    check(Status::Running, &[first(&[CALL, CALL])], &["schedules a second time"]);
}

#[test]
fn i8_nothing_is_left_open() {
    let timer = r#"{"TimerCreated":{"id":1,"fire_at":9}}"#;
    check(Status::Completed, &[first(&[CALL, END])], &["attempt 1 of #0 neither ended nor was cancelled"]);
    check(Status::Completed, &[first(&[timer, END])], &["1 timers neither fired"]);
}

#[test]
fn i14_timers_and_time() {
    let timer = r#"{"TimerCreated":{"id":0,"fire_at":9}}"#;
    let fired = r#"{"TimerFired":{"id":0}}"#;
    check(Status::Completed, &[first(&[timer]), turn(9, &[fired, END])], &[]);
    check(Status::Completed, &[first(&[timer]), turn(8, &[fired, END])], &["before its time"]);
    check(Status::Completed, &[first(&[CALL]), turn(4, &[DONE, END])], &["before its predecessor's"]);
}

#[test]
fn i1_numbers() {
    let mut broken = snapshot(Status::Running, &[first(&[CALL]), turn(6, &[DONE, CALL.replace(":0", ":1").as_str()])]);
    broken.instances[0].turns[1].seq = EventSeq(7);
    assert!(check_snapshot(&broken, None).to_string().contains("I1 violated by i: events 3 to 7 are missing"));
    broken.instances[0].turns[1].seq = EventSeq(2);
    assert!(check_snapshot(&broken, None).to_string().contains("I11 violated by i"));
    broken.instances[0].turns[1].count = 9;
    assert!(check_snapshot(&broken, None).to_string().contains("holds 3 events, but says 9"));
}

#[test]
fn rows_agree() {
    let check = |change: &dyn Fn(&mut InstanceRecord), says: &str| {
        let mut snapshot = snapshot(Status::Running, &[first(&[CALL, r#"{"TimerCreated":{"id":1,"fire_at":9}}"#])]);
        change(&mut snapshot.instances[0].record);
        let report = check_snapshot(&snapshot, None).to_string();
        assert!(report.contains(says), "{report}");
    };
    check(&|r| r.owner = Some(WorkerId(2)), "worker 2, is not entered");
    check(&|r| r.owner = None, "nothing will ever wake it");
    check(&|r| (r.owner, r.wake_at) = (None, Some(at(10))), "but its timer is due");
    check(&|r| (r.owner, r.wake_at) = (None, Some(at(9))), "0 violations");
    check(&|r| r.status = Status::Parked, "parked without a reason");
    check(&|r| r.status = Status::Pending, "is Pending, but has taken turns");
    check(&|r| r.parked_reason = Some("x".into()), "but has a reason to be parked");
}

#[test]
fn what_was_seen_stays() {
    let seen = |change: &dyn Fn(&mut Snapshot)| {
        let mut observer = Observer::new();
        let mut now = snapshot(Status::Running, &[first(&[CALL]), turn(6, &[DONE])]);
        observer.observe(&now);
        change(&mut now);
        observer.observe(&now);
        observer.violations().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(seen(&|_| {}), "");
    assert!(seen(&|s| s.instances[0].turns.truncate(1)).contains("have changed or are gone"));
    assert!(seen(&|s| s.instances[0].turns[0].body = "[]".into()).contains("have changed or are gone"));
    assert!(seen(&|s| s.instances.clear()).contains("is gone"));
    assert!(seen(&|s| s.workers[0].epoch = LeaseEpoch(0)).contains("went back from 1 to 0"));
}
