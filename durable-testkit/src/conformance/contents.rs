//! What was written comes back as it was.

use std::sync::Arc;

use durable_core::history::{CODEC_VERSION, Event, ExecutionStarted, PackedTurn, Turn};
use durable_core::store::{NewInstance, Status, Subject};
use durable_core::{EventSeq, ExecutionId, Failure, FailureKind, InstanceKey, Payload, TaskId, Timestamp};

use super::fixture::{
    CommitExt, Hub, asleep, at, commit, finished, id, ids, message, new, owned, packed, parked, to_itself, turn,
};

/// JSON texts that a careless store would change.
const TEXTS: &[&str] = &[
    r#""plain""#,
    r#" { "b" : 1,  "a" : [ ] , "b":2 } "#,
    r#""it's; DROP TABLE turns; -- %_ \\ \" /*""#,
    r#""NUL \u0000, escape \u001b, \/ and \u00e9""#,
    "\"Größe ✓ 漢字 🦀 e\u{301} \u{202e}rtl\u{202c} \u{feff} \u{10ffff}\"",
    "1e400",
    "-0.0",
    "123456789012345678901234567890.10",
    "null",
];

fn payload(json: &str) -> Payload {
    Payload::from_json(json).expect("the cases use valid JSON")
}

pub(super) async fn bodies_come_back_to_the_byte(hub: Hub) {
    let lease = hub.worker("w").await;
    let decisions = TEXTS.iter().map(|json| Event::TaskScheduled {
        id: TaskId(1),
        attempt: 1,
        name: "a \"name\"; with 'quotes' \u{202e}".into(),
        input: payload(json),
        options: Default::default(),
    });
    let with_payloads = packed(Turn { seq: EventSeq(0), at: at(0), messages: vec![], decisions: decisions.collect() });
    // A store does not look into a body: it need not even be JSON.
    let foreign =
        |seq, body: &str| PackedTurn { seq: EventSeq(seq), count: 1, codec: CODEC_VERSION, body: body.into() };
    let mut turns = vec![with_payloads.clone()];
    let mut seq = with_payloads.count;
    for body in ["", " ", "not JSON", "NUL \0 and \u{1}", "🦀'\";--", "[{\"TurnStarted\":{\"at\":1}}]"] {
        turns.push(foreign(seq, body));
        seq += 1;
    }
    turns.push(PackedTurn { codec: 77, ..foreign(seq, "[]") });
    let key = hub.applied(new("a", Some(lease)).turn(0, turns[0].clone())).await;
    for next in &turns[1..] {
        hub.applied(owned(lease, key).turn(0, next.clone())).await;
    }
    let stored = hub.store.history(key, ExecutionId(0)).await.expect("a history can be read");
    assert_eq!(stored, turns);
    assert_eq!(hub.store.last_turn(key, ExecutionId(0)).await.expect("a turn can be read").as_ref(), turns.last());
    let reloaded = hub.store.reload(lease, vec![key]).await.expect("a reload works");
    assert_eq!(reloaded[0].turns, turns);
}

pub(super) async fn messages_come_back_as_they_were(hub: Hub) {
    let mut failure = Failure::new(FailureKind::Panic, "it's \"bad\" \0 \u{1b} 🦀");
    failure.causes = vec![String::new(), "because".into()];
    let mut messages = vec![
        Event::TimerFired { id: TaskId(u64::MAX), attempt: u32::MAX },
        Event::TaskFailed { id: TaskId(2), attempt: 3, failure },
    ];
    messages.extend(TEXTS.iter().map(|json| Event::TaskCompleted {
        id: TaskId(0),
        attempt: 2,
        result: payload(json.trim()),
    }));
    messages.push(Event::ExecutionStarted(Box::new(ExecutionStarted::new("f", "1", payload(TEXTS[4]), u64::MAX))));
    let mut start = new("a", None);
    start.deliveries = messages.iter().cloned().map(to_itself).collect();
    let key = hub.applied(start).await;
    let stored: Vec<_> = hub.inbox().await;
    assert_eq!(stored, messages.into_iter().map(|m| (key, m)).collect::<Vec<_>>());
}

pub(super) async fn a_large_body(hub: Hub) {
    let lease = hub.worker("w").await;
    let body: Arc<str> = format!("[\"{}\"]", "é🦀x".repeat(150_000)).into();
    assert!(body.len() > 1024 * 1024);
    let large = |seq| PackedTurn { seq: EventSeq(seq), count: 1, codec: 1, body: Arc::clone(&body) };
    let a = hub.applied(new("a", Some(lease)).turn(0, large(0))).await;
    let b = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    hub.batch(vec![owned(lease, b).turn(0, large(1)), owned(lease, a).turn(0, large(1))]).await;
    assert_eq!(hub.store.history(a, ExecutionId(0)).await, Ok(vec![large(0), large(1)]));
    assert_eq!(hub.store.history(b, ExecutionId(0)).await, Ok(vec![turn(0, 1), large(1)]));
}

pub(super) async fn strange_ids_are_kept_apart(hub: Hub) {
    let all = [
        "a",
        "A",
        "a ",
        " a",
        "a%",
        "a_",
        "%",
        "_",
        "a;b",
        "a'b",
        "a\"b",
        "a''b",
        "a--b",
        "a`b",
        "[a]",
        "ä",
        "a\u{308}",
        "\u{202e}abc",
        "שלום",
        "漢字",
        "🦀",
        "0",
        "00",
        "-1",
        "NULL",
        "a/b",
        "\u{feff}a",
        "a\u{200b}",
    ];
    let long = "🦀".repeat(256);
    let all: Vec<&str> = all.into_iter().chain([long.as_str()]).collect();
    hub.batch(all.iter().map(|name| new(name, None)).collect()).await;
    for name in &all {
        assert_eq!(hub.record(name).await.id, id(name));
        assert!(!matches!(hub.commit(new(name, None)).await, durable_core::store::CommitOutcome::Applied { .. }));
    }
    let listed = hub.store.instances(InstanceKey(0), 1_000).await.expect("instances can be listed");
    assert_eq!(listed.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), all);
    assert_eq!(hub.store.instance(id("b")).await, Ok(None));
}

pub(super) async fn strange_names_and_reasons(hub: Hub) {
    let lease = hub.worker("w").await;
    for (n, text) in ["", "it's", "\"", ";--", "%_", "\0", "a\0b", "🦀\u{202e}", " "].into_iter().enumerate() {
        let name = format!("i{n}");
        let subject = NewInstance { owner: Some(lease), ..NewInstance::new(id(&name), text, text) };
        hub.applied(commit(Subject::New(subject)).turn(0, turn(0, 1)).update(parked(text))).await;
        let r = hub.record(&name).await;
        assert_eq!((r.name.as_str(), r.version.as_str(), r.parked_reason.as_deref()), (text, text, Some(text)));
    }
}

pub(super) async fn instances_are_listed_by_key(hub: Hub) {
    let names: Vec<String> = (0..25).map(|n| format!("i{n}")).collect();
    hub.batch(names.iter().map(|name| new(name, None)).collect()).await;
    let mut listed = Vec::new();
    let mut after = InstanceKey(0);
    loop {
        let page = hub.store.instances(after, 10).await.expect("instances can be listed");
        assert!(page.len() <= 10 && page.windows(2).all(|two| two[0].key < two[1].key));
        let Some(last) = page.last() else { break };
        after = last.key;
        listed.extend(page.into_iter().map(|r| r.id.as_str().to_owned()));
    }
    assert_eq!(listed, names);
}

pub(super) async fn statuses_of_those_that_exist(hub: Hub) {
    let lease = hub.worker("w").await;
    let pending = hub.applied(new("a", None)).await;
    let ended = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1)).update(finished())).await;
    let running = hub.applied(new("c", Some(lease)).turn(0, turn(0, 1))).await;
    let keys = vec![running, InstanceKey(987_654), pending, ended];
    let mut found = hub.store.statuses(keys).await.expect("statuses can be read");
    found.sort();
    let first = ExecutionId(0);
    let mut expected =
        vec![(pending, first, Status::Pending), (ended, first, Status::Completed), (running, first, Status::Running)];
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(hub.store.statuses(vec![]).await, Ok(vec![]));
}

pub(super) async fn the_last_turn(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease))).await;
    let last = async |execution| hub.store.last_turn(key, ExecutionId(execution)).await.expect("a turn can be read");
    assert_eq!(last(0).await, None);
    hub.applied(owned(lease, key).turn(0, turn(0, 2))).await;
    assert_eq!(last(0).await, Some(turn(0, 2)));
    hub.applied(owned(lease, key).turn(0, turn(2, 1))).await;
    assert_eq!(last(0).await, Some(turn(2, 1)));
    assert_eq!(last(1).await, None);
}

pub(super) async fn what_is_not_there(hub: Hub) {
    assert_eq!(hub.store.instance(id("a")).await, Ok(None));
    assert_eq!(hub.store.instances(InstanceKey(0), 10).await, Ok(vec![]));
    assert_eq!(hub.store.history(InstanceKey(7), ExecutionId(0)).await, Ok(vec![]));
    assert_eq!(hub.store.inbox().await, Ok(vec![]));
    assert_eq!(hub.store.workers().await, Ok(vec![]));
    assert_eq!(hub.store.next_wake().await, Ok(None));
}

pub(super) async fn extreme_times(hub: Hub) {
    let lease = hub.worker("w").await;
    hub.applied(new("never", Some(lease)).turn(0, turn(0, 1)).update(asleep(Some(Timestamp::MAX)))).await;
    assert_eq!(hub.record("never").await.wake_at, Some(Timestamp::MAX));
    assert_eq!(hub.store.next_wake().await, Ok(Some(Timestamp::MAX)));
    let epoch = Timestamp::from_unix_micros(-1);
    hub.applied(new("before", Some(lease)).turn(0, turn(0, 1)).update(asleep(Some(epoch))).at(epoch)).await;
    let r = hub.record("before").await;
    assert_eq!((r.created_at, r.wake_at), (epoch, Some(epoch)));
    assert_eq!(ids(&hub.claim(lease, at(0)).await), ["before"]);
    hub.applied(new("m", None).deliver(to_itself(message(0)))).await;
}
