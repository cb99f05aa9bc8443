//! The checker on histories written by hand: each broken in one way.

use std::time::Duration;

use durable_core::history::{Event, PackedTurn};
use durable_core::store::{InboxMessage, InstanceRecord, Lease, Status, WorkerRecord};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, LeaseEpoch, MessageId, Tags, Timestamp, WorkerId};
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
        custom_status: None,
        created_at: at(0),
        updated_at: at(0),
        owner: (!status.is_finished()).then_some(lease.worker),
        wake_at: None,
        crashes: 0,
        mark: None,
        tags: Tags::default(),
    };
    let instances = vec![InstanceState { record, turns: turns(bodies), earlier: Vec::new() }];
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

const WAIT: &str = r#"{"EventAwaited":{"id":0,"name":"Go"}}"#;
const RAISED: &str = r#"{"EventRaised":{"name":"gO","payload":1}}"#;

#[test]
fn i7_children() {
    let child = r#"{"SubOrchestrationCreated":{"id":0,"instance":"c","name":"f","input":[]}}"#;
    let done = r#"{"SubOrchestrationCompleted":{"id":0,"result":1}}"#;
    let again = r#"{"SubOrchestrationCompleted":{"id":0,"attempt":2,"result":1}}"#;
    let cancel = r#"{"SubOrchestrationCanceled":{"id":0,"instance":"c"}}"#;
    check(Status::Completed, &[first(&[child]), turn(6, &[done, END])], &[]);
    check(Status::Completed, &[first(&[child]), turn(6, &[done, done, END])], &["which has an end already"]);
    check(
        Status::Completed,
        &[first(&[child]), turn(6, &[again, cancel, END])],
        &["which nothing before it scheduled"],
    );
    check(Status::Completed, &[first(&[child, END])], &["child 1 of #0 neither ended nor was let go of"]);
    check(Status::Completed, &[first(&[child, cancel]), turn(6, &[done, END])], &[]);
    check(Status::Completed, &[first(&[child, cancel]), turn(6, &[done, done, END])], &["which has an end already"]);
}

#[test]
fn i15_a_wait_ends_with_an_event() {
    let cancel = r#"{"EventAwaitCanceled":{"id":0}}"#;
    check(Status::Completed, &[first(&[WAIT]), turn(6, &[RAISED, END])], &[]);
    check(Status::Completed, &[first(&[WAIT, cancel, END])], &[]);
    check(Status::Completed, &[first(&[WAIT, END])], &["1 waits for \"go\" are over, but 0 events came"]);
    check(Status::Completed, &[first(&[cancel, END])], &["cancels what is not open"]);
}

#[test]
fn i15_events_stay_in_order() {
    let raised = |n: i64| InboxMessage {
        id: MessageId(n),
        to: InstanceKey(1),
        message: Event::EventRaised {
            name: "go".into(),
            payload: durable_core::Payload::encode(&n).expect("a number"),
        },
    };
    let seen = |before: &[i64], now: &[i64]| {
        let mut observer = Observer::new();
        let mut hub = snapshot(Status::Running, &[first(&[WAIT])]);
        for inbox in [before, now] {
            hub.inbox = inbox.iter().map(|n| raised(*n)).collect();
            observer.observe(&hub);
        }
        observer.violations().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(seen(&[1, 2], &[1, 2, 3]), "");
    assert!(seen(&[1, 2], &[2, 3]).contains("I15"));
    assert!(seen(&[1, 2], &[1]).contains("I15"));
}

#[test]
fn i17_the_next_execution_is_there() {
    let next = r#"{"ContinuedAsNew":{"name":"f","input":[],"carry_events":true}}"#;
    check(Status::Running, &[first(&[next])], &["its next execution is not there", "waits for nothing"]);
    let mut hub = snapshot(Status::Running, &[]);
    let message = Event::Resumed { reason: String::new() };
    hub.inbox = vec![InboxMessage { id: MessageId(1), to: InstanceKey(1), message }];
    assert!(check_snapshot(&hub, None).to_string().contains("its first message is not its start"));
}

#[test]
fn i18_parents_and_children() {
    let created = r#"{"SubOrchestrationCreated":{"id":0,"instance":"c","name":"f","input":[]}}"#;
    let start =
        r#"{"ExecutionStarted":{"name":"f","input":[],"seed":1,"parent":{"instance":"i","execution":0,"task":0}}}"#;
    let report = Event::SubOrchestrationCompleted {
        id: durable_core::TaskId(0),
        attempt: 1,
        result: durable_core::Payload::null(),
    };
    // A parent and its child; messages to the one and to the other.
    let found = |parent: Status, parents: &[&str], child: Status, childs: &[&str], inbox: &[(i64, Event)]| {
        let mut hub = snapshot(parent, &[first(parents)]);
        let mut other = snapshot(child, &[turn(5, &[&[start], childs].concat())]).instances.remove(0);
        (other.record.key, other.record.id) = (InstanceKey(2), InstanceId::from_stored("c"));
        hub.instances.push(other);
        let message = |(n, (to, message)): (i64, &(i64, Event))| InboxMessage {
            id: MessageId(n),
            to: InstanceKey(*to),
            message: message.clone(),
        };
        hub.inbox = (1..).zip(inbox).map(message).collect();
        check_snapshot(&hub, None).violations().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let run = |inbox: &[(i64, Event)]| found(Status::Running, &[created], Status::Completed, &[END], inbox);
    assert_eq!(run(&[(1, report.clone())]), "");
    assert!(run(&[]).contains("I18 violated by c: it has ended, and its parent was told 0 times"));
    assert!(run(&[(1, report.clone()), (1, report)]).contains("was told 2 times"));
    let canceled = r#"{"SubOrchestrationCanceled":{"id":0,"instance":"c"}}"#;
    let left =
        |inbox: &[(i64, Event)]| found(Status::Completed, &[created, canceled, END], Status::Running, &[CALL], inbox);
    assert!(left(&[]).contains("I18 violated by c: its parent i has ended, and it was not told to end"));
    assert_eq!(left(&[(2, Event::TerminateRequested { reason: String::new(), by: None })]), "");
    assert!(found(Status::Running, &[created], Status::Running, &[CALL], &[]).is_empty());
    let absent = created.replace("\"c\"", "\"d\"");
    assert!(
        found(Status::Running, &[&absent], Status::Running, &[CALL], &[]).contains("child \"d\" of #0 does not run")
    );
}

#[test]
fn i19_nothing_is_decided_while_suspended() {
    let (suspend, resume) = (r#"{"Suspended":{"reason":""}}"#, r#"{"Resumed":{"reason":""}}"#);
    check(Status::Suspended, &[first(&[CALL]), turn(6, &[suspend]), turn(7, &[DONE])], &[]);
    check(Status::Completed, &[first(&[CALL]), turn(6, &[suspend]), turn(7, &[DONE]), turn(8, &[resume, END])], &[]);
    check(
        Status::Completed,
        &[first(&[CALL]), turn(6, &[suspend]), turn(7, &[DONE, END])],
        &["it is suspended, and decides"],
    );
    check(Status::Running, &[first(&[CALL]), turn(6, &[suspend])], &["it is suspended, but its row says Running"]);
    check(Status::Suspended, &[first(&[CALL])], &["it is not suspended, but its row says Suspended"]);
    // What came while it was suspended may be dropped when it is terminated.
    let (end, ended) = (r#"{"TerminateRequested":{"reason":""}}"#, r#"{"ExecutionTerminated":{"reason":""}}"#);
    let cancel = r#"{"TaskCanceled":{"id":0}}"#;
    check(Status::Terminated, &[first(&[CALL]), turn(6, &[suspend, DONE]), turn(7, &[end, cancel, ended])], &[]);
}
