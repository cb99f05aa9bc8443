//! The checker on what operators do: executions that were kept, instances that go on after their end,
//! purges, figures.

use std::sync::Arc;

use durable_core::history::{Event, PackedTurn};
use durable_core::store::{
    Commit, Delivery, InboxMessage, InstanceRecord, Lease, MemoryStore, NewInstance, Recipient, Status, Store, Subject,
    WorkerInfo,
};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, MessageId, Tags, Timestamp, WorkerId};
use durable_testkit::checker::{InstanceState, Observer, Snapshot, check, check_counts, check_purged, check_snapshot};
use durable_testkit::sim::block_on;

const START: &str = r#"{"TurnStarted":{"at":5}},{"ExecutionStarted":{"name":"f","input":[],"seed":1}}"#;
const CALL: &str = r#"{"TaskScheduled":{"id":0,"name":"g","input":[]}}"#;
const CANCEL: &str = r#"{"TaskCanceled":{"id":0}}"#;
const END: &str = r#"{"ExecutionCompleted":{"output":1}}"#;
const SUSPEND: &str = r#"{"Suspended":{"reason":""}}"#;
const TERMINATE: &str = r#"{"TerminateRequested":{"reason":""}}"#;
const TERMINATED: &str = r#"{"ExecutionTerminated":{"reason":""}}"#;

fn turns(bodies: &[&[&str]]) -> Vec<PackedTurn> {
    let mut next = EventSeq(0);
    let mut turn = |(n, events): (usize, &&[&str])| {
        let mut all: Vec<&str> = if n == 0 { Vec::new() } else { vec![r#"{"TurnStarted":{"at":9}}"#] };
        all.extend(*events);
        let body = format!("[{}]", all.join(","));
        let count = serde_json::from_str::<Vec<serde_json::Value>>(&body).expect("the fixture is JSON").len() as u64;
        let seq = next;
        next = seq.plus(count);
        PackedTurn { seq, count, codec: 1, body: body.into() }
    };
    bodies.iter().enumerate().map(&mut turn).collect()
}

/// An instance without an owner, ready to run if it is not finished.
fn snapshot(status: Status, execution: u32, bodies: &[&[&str]]) -> Snapshot {
    let at = Timestamp::from_unix_micros(0);
    let record = InstanceRecord {
        key: InstanceKey(1),
        id: InstanceId::from_stored("i"),
        execution: ExecutionId(execution),
        name: "f".into(),
        version: String::new(),
        status,
        parked_reason: (status == Status::Parked).then(|| "no code".into()),
        custom_status: None,
        created_at: at,
        updated_at: at,
        owner: None,
        wake_at: (!status.is_finished()).then_some(at),
        crashes: 0,
        mark: None,
        tags: Tags::default(),
    };
    let instances = vec![InstanceState { record, turns: turns(bodies), earlier: Vec::new() }];
    Snapshot { workers: Vec::new(), instances, inbox: Vec::new() }
}

fn mail() -> Vec<InboxMessage> {
    let message = Event::RewindRequested { reason: String::new(), by: None };
    vec![InboxMessage { id: MessageId(1), to: InstanceKey(1), message }]
}

#[track_caller]
fn says(snapshot: &Snapshot, expected: &[&str]) {
    let found: Vec<String> = check_snapshot(snapshot, None).violations().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found:?} does not say {expected:?}");
    }
}

#[test]
fn an_instance_goes_on_after_its_end_for_a_message() {
    let ended: &[&[&str]] = &[&[START, CALL], &[CANCEL, END]];
    let suspended: &[&[&str]] = &[&[START, CALL], &[SUSPEND], &[TERMINATE, CANCEL, TERMINATED]];
    for (bodies, status) in [(ended, Status::Running), (suspended, Status::Running), (ended, Status::Parked)] {
        let mut hub = snapshot(status, 0, bodies);
        if status == Status::Parked {
            hub.instances[0].record.wake_at = None;
        }
        hub.inbox = mail();
        says(&hub, &[]);
        hub.inbox.clear();
        assert!(check_snapshot(&hub, None).to_string().contains("I6 violated by i: the history ends as"));
    }
    // What it left open is wrong also then.
    let mut hub = snapshot(Status::Running, 0, &[&[START, CALL, END]]);
    hub.inbox = mail();
    says(&hub, &["attempt 1 of #0 neither ended nor was cancelled"]);
    let mut hub = snapshot(Status::Suspended, 0, ended);
    hub.inbox = mail();
    says(&hub, &["the row says Suspended", "I19"]);
}

#[test]
fn executions_that_were_kept_are_whole() {
    let kept = |execution: u32, bodies: &[&[&str]]| {
        let mut hub = snapshot(Status::Completed, 2, &[&[START, END]]);
        hub.instances[0].earlier = vec![(ExecutionId(execution), turns(bodies))];
        hub
    };
    says(&kept(0, &[&[START, END]]), &[]);
    says(&kept(0, &[&[START, CALL], &[CANCEL, END]]), &[]);
    says(&kept(0, &[&[START, CALL]]), &["execution 0 was kept, but has no end"]);
    // A child that ran when its parent was rewound has no end; its next execution says so.
    let mut child = kept(1, &[&[START, CALL]]);
    let copied = r#"{"TurnStarted":{"at":5}},{"ExecutionStarted":{"name":"f","input":[],"seed":1,"origin":{"kind":"Rewind",
        "instance":"i","execution":1,"identity":"i","identity_execution":0,"key_seed":2}}}"#;
    child.instances[0].turns = turns(&[&[copied, END]]);
    says(&child, &[]);
    says(&kept(1, &[&[START, END], &[CALL]]), &["turns follow the end of execution 1", "has no end"]);
    says(&kept(2, &[&[START, END]]), &["turns of execution 2, but it is at 2"]);
    let again = r#"{"ExecutionStarted":{"name":"f","input":[],"seed":1}}"#;
    says(&kept(0, &[&[START, again, END]]), &["execution 0 has 2 starts"]);
    let mut gap = kept(0, &[&[START, CALL], &[CANCEL, END]]);
    gap.instances[0].earlier[0].1[1].seq = EventSeq(7);
    says(&gap, &["I1 violated by i: events 3 to 7 are missing"]);
}

#[test]
fn what_was_kept_stays() {
    let seen = |change: &dyn Fn(&mut Snapshot)| {
        let mut observer = Observer::new();
        let mut hub = snapshot(Status::Completed, 0, &[&[START, END]]);
        observer.observe(&hub);
        // It was rewound: what was current is kept.
        let turns = std::mem::take(&mut hub.instances[0].turns);
        hub.instances[0].earlier = vec![(ExecutionId(0), turns)];
        hub.instances[0].record.execution = ExecutionId(1);
        change(&mut hub);
        observer.observe(&hub);
        observer.violations().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(seen(&|_| {}), "");
    assert!(seen(&|hub| hub.instances[0].earlier[0].1.clear()).contains("events of execution 0 have changed"));
    assert_eq!(seen(&|hub| hub.instances[0].earlier.clear()), "");
}

#[test]
fn after_its_end_it_may_be_made_ready() {
    let seen = |status: Status, inbox: Vec<InboxMessage>| {
        let mut observer = Observer::new();
        observer.observe(&snapshot(Status::Completed, 0, &[&[START, END]]));
        let mut hub = snapshot(status, 0, &[&[START, END]]);
        hub.inbox = inbox;
        observer.observe(&hub);
        observer.violations().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(seen(Status::Running, mail()), "");
    assert!(seen(Status::Running, Vec::new()).contains("it went on after its end"));
    assert!(seen(Status::Failed, Vec::new()).contains("it went on after its end"));
}

#[test]
fn a_purged_instance_is_gone() {
    let mut observer = Observer::new();
    let hub = snapshot(Status::Completed, 0, &[&[START, END]]);
    observer.observe(&hub);
    observer.purged(InstanceKey(1));
    observer.observe(&Snapshot::default());
    assert!(observer.violations().is_empty());
    observer.observe(&hub);
    observer.observe(&Snapshot::default());
    assert!(observer.violations()[0].to_string().contains("instance 1, Completed, is gone"));
}

/// A hub with one instance of one turn, that has not ended.
fn hub() -> (Arc<MemoryStore>, Lease, InstanceKey) {
    let store = Arc::new(MemoryStore::new());
    let now = Timestamp::from_unix_micros(0);
    let info = WorkerInfo { name: "w".into(), offers: Vec::new(), lease_duration: std::time::Duration::from_secs(1) };
    let lease = block_on(store.register_worker(info, now)).expect("a worker can enter");
    let new =
        NewInstance { history: turns(&[&[START, CALL]]), ..NewInstance::new(InstanceId::from_stored("i"), "f", "") };
    let message = Event::Resumed { reason: String::new() };
    let deliveries = vec![Delivery { to: Recipient::Subject, message }];
    let commit = Commit { deliveries, ..Commit::new(Subject::New(new), now) };
    block_on(store.commit(vec![commit])).expect("a commit works");
    let key = block_on(store.instance(InstanceId::from_stored("i"))).expect("it can be read").expect("it is there").key;
    (store, lease, key)
}

#[test]
fn i19_a_purge_leaves_nothing() {
    let (store, _, key) = hub();
    let report = block_on(check_purged(&*store, &[(key, ExecutionId(0))])).expect("the store can be read").to_string();
    for what in ["is there", "turns of execution 0 are there", "Resumed waits for it"] {
        assert!(report.contains(what), "{report}");
    }
    let other = [(InstanceKey(key.0 + 1), ExecutionId(3))];
    assert!(block_on(check_purged(&*store, &other)).expect("the store can be read").is_clean());
}

#[test]
fn i23_figures_equal_a_recount() {
    let (store, ..) = hub();
    let snapshot = block_on(Snapshot::read(&*store)).expect("the store can be read");
    let counted = |snapshot: &Snapshot| {
        block_on(check_counts(&*store, snapshot, Timestamp::MAX)).expect("the store can be read").to_string()
    };
    assert!(counted(&snapshot).starts_with("0 violations"));
    let other = counted(&Snapshot::default());
    for what in ["by status", "`count`", "that are ready", "the oldest", "messages", "workers"] {
        assert!(other.contains(what), "{other}");
    }
    let report = block_on(check(&*store, None)).expect("the store can be read").to_string();
    assert!(!report.contains("I23") && !report.contains("I19"), "{report}");
    assert_eq!(snapshot.workers[0].id, WorkerId(1));
}
