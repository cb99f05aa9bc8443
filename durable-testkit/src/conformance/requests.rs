//! Request ids: who asks again has no second effect (I4).

use durable_core::store::{CommitOutcome, Status, StatusSet};
use durable_core::{ExecutionId, InstanceKey};

use super::fixture::{
    CommitExt, Hub, at, finished, id, message, new, owned, raise, revive, to, to_itself, to_new, turn,
};

/// What the second one of a request is told.
fn repeated(operation: &str, name: &str, key: InstanceKey, execution: u32) -> CommitOutcome {
    let execution = ExecutionId(execution);
    CommitOutcome::Repeated { operation: operation.into(), id: id(name), key, execution }
}

pub(super) async fn a_repeated_start_answers_the_first_id(hub: Hub) {
    let start = |name| new(name, None).deliver(to_itself(message(1))).request("r", "start f");
    let key = hub.applied(start("generated-1")).await;
    for name in ["generated-2", "generated-1"] {
        assert_eq!(hub.commit(start(name)).await, repeated("start f", "generated-1", key, 0));
    }
    assert_eq!(hub.store.instance(id("generated-2")).await, Ok(None));
    assert_eq!(hub.inbox().await, [(key, message(1))]);
    // The same with a first turn, and with a lease that has gone stale since.
    let lease = hub.worker("w").await;
    let own =
        |name| new(name, Some(lease)).turn(0, turn(0, 1)).deliver(to_new("child", message(2))).request("s", "own");
    let key = hub.applied(own("own-1")).await;
    hub.successor().await;
    assert_eq!(hub.commit(own("own-2")).await, repeated("own", "own-1", key, 0));
    assert_eq!(hub.store.instance(id("own-2")).await, Ok(None));
    assert_eq!(hub.inbox_of("child").await, [message(2)]);
}

pub(super) async fn a_repeated_message_arrives_once(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let send = || raise("a", message(1)).request("r", "raise go").deliver(to_new("c", message(2)));
    hub.applied(send()).await;
    assert_eq!(hub.commit(send()).await, repeated("raise go", "a", key, 0));
    assert_eq!(hub.inbox_of("a").await, [message(1)]);
    let mail = hub.store.mail(lease, Default::default()).await.expect("mail can be read");
    // It was consumed, and the instance has ended: the answer stays the same.
    hub.applied(owned(lease, key).turn(0, turn(1, 2)).consume(&mail)).await;
    assert_eq!(hub.commit(send()).await, repeated("raise go", "a", key, 0));
    hub.applied(owned(lease, key).turn(0, turn(3, 1)).update(finished())).await;
    assert_eq!(hub.commit(send()).await, repeated("raise go", "a", key, 0));
    assert_eq!(hub.inbox_of("c").await, [message(2)]);
    let again = || revive("a", StatusSet::FINISHED, message(3)).request("s", "rewind");
    hub.applied(again()).await;
    assert_eq!(hub.commit(again()).await, repeated("rewind", "a", key, 0));
    assert_eq!(hub.inbox_of("a").await, [message(3)]);
}

pub(super) async fn a_request_twice_in_a_batch(hub: Hub) {
    let lease = hub.worker("w").await;
    let a = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let outcomes = hub.batch(vec![
        new("b", None).deliver(to_itself(message(1))).request("start", "x"),
        raise("a", message(2)).request("raise", "y"),
        new("c", None).deliver(to_itself(message(3))).request("start", "x"),
        raise("a", message(4)),
        raise("a", message(5)).request("raise", "y"),
        raise("b", message(6)).request("other", "z"),
    ]);
    let outcomes = outcomes.await;
    let b = hub.record("b").await.key;
    let applied = |key| CommitOutcome::Applied { key, execution: ExecutionId(0) };
    let expected = [applied(b), applied(a), repeated("x", "b", b, 0), applied(a), repeated("y", "a", a, 0), applied(b)];
    assert_eq!(outcomes, expected);
    assert_eq!(hub.inbox().await, [(b, message(1)), (a, message(2)), (a, message(4)), (b, message(6))]);
    assert_eq!(hub.store.instance(id("c")).await, Ok(None));
}

pub(super) async fn a_refused_request_is_not_remembered(hub: Hub) {
    let send = || raise("a", message(1)).request("r", "raise");
    assert_eq!(hub.commit(send()).await, CommitOutcome::NotFound);
    let outcomes = hub.batch(vec![send(), new("a", None), send(), send()]).await;
    let key = hub.record("a").await.key;
    assert_eq!((&outcomes[0], &outcomes[3]), (&CommitOutcome::NotFound, &repeated("raise", "a", key, 0)));
    assert!(matches!((&outcomes[1], &outcomes[2]), (CommitOutcome::Applied { .. }, CommitOutcome::Applied { .. })));
    assert_eq!(hub.inbox().await, [(key, message(1))]);
    // A start that found its id taken may come through later.
    let start = || new("a", None).deliver(to_itself(message(2))).request("s", "start");
    let taken = CommitOutcome::AlreadyExists { key, execution: ExecutionId(0), status: Status::Pending };
    assert_eq!(hub.commit(start()).await, taken);
    let lease = hub.worker("w").await;
    hub.claim(lease, at(0)).await;
    hub.applied(owned(lease, key).turn(0, turn(0, 1)).update(finished())).await;
    assert_eq!(hub.commit(start()).await, CommitOutcome::Applied { key, execution: ExecutionId(1) });
    assert_eq!(hub.commit(start()).await, repeated("start", "a", key, 1));
    assert_eq!(hub.inbox().await, [(key, message(2))]);
}

pub(super) async fn another_operation_is_reported_back(hub: Hub) {
    let strange = "start \"it's\"; -- %_ \u{202e}🦀";
    let key = hub.applied(new("a", None).request("r", strange)).await;
    hub.applied(new("b", None)).await;
    let other = raise("b", message(1)).request("r", "raise");
    assert_eq!(hub.commit(other.deliver(to("a", message(2)))).await, repeated(strange, "a", key, 0));
    assert!(hub.inbox().await.is_empty());
    let empty = hub.applied(raise("b", message(3)).request("s", "")).await;
    assert_eq!(hub.commit(new("c", None).request("s", "start")).await, repeated("", "b", empty, 0));
}

pub(super) async fn a_request_remembers_its_execution(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1)).request("first", "x")).await;
    hub.applied(owned(lease, key).turn(0, turn(1, 1)).next("f", "", vec![]).request("next", "x")).await;
    hub.applied(raise("a", message(1)).request("raise", "x")).await;
    hub.applied(owned(lease, key).turn(1, turn(0, 1)).update(finished())).await;
    hub.applied(new("a", Some(lease)).turn(2, turn(0, 1)).request("again", "x")).await;
    for (request, execution) in [("first", 0), ("next", 1), ("raise", 1), ("again", 2)] {
        assert_eq!(hub.commit(new("z", None).request(request, "y")).await, repeated("x", "a", key, execution));
    }
}

pub(super) async fn a_request_outlives_its_instance(hub: Hub) {
    let lease = hub.worker("w").await;
    let start = || new("a", Some(lease)).turn(0, turn(0, 1)).update(finished()).request("r", "start");
    let key = hub.applied(start()).await;
    assert_eq!(hub.store.purge(vec![(key, ExecutionId(0))]).await, Ok(1));
    assert_eq!(hub.commit(start()).await, repeated("start", "a", key, 0));
    assert_eq!(hub.store.instance(id("a")).await, Ok(None));
    // Another one of that id is another instance; the request is about the one before.
    let other = hub.applied(new("a", None).request("s", "start")).await;
    assert_ne!(other, key);
    assert_eq!(hub.commit(start()).await, repeated("start", "a", key, 0));
}

pub(super) async fn requests_are_forgotten_by_age(hub: Hub) {
    // Not in order of their time.
    for n in [3, 1, 5, 2, 4] {
        hub.applied(new(&format!("i{n}"), None).request(&format!("r{n}"), "start").at(at(n))).await;
    }
    let remembered = async || {
        let mut all = Vec::new();
        for n in 1..=5 {
            let again = hub.commit(new(&format!("i{n}"), None).request(&format!("r{n}"), "start")).await;
            // One that is forgotten finds its id taken, which is not remembered.
            all.push(matches!(again, CommitOutcome::Repeated { .. }));
        }
        all
    };
    assert_eq!(hub.store.forget_requests(at(1), 10).await, Ok(0));
    assert_eq!(hub.store.forget_requests(at(9), 0).await, Ok(0));
    assert_eq!(remembered().await, [true; 5]);
    assert_eq!(hub.store.forget_requests(at(3), 10).await, Ok(2));
    assert_eq!(remembered().await, [false, false, true, true, true]);
    assert_eq!(hub.store.forget_requests(at(9), 2).await, Ok(2));
    assert_eq!(remembered().await.iter().filter(|r| **r).count(), 1);
    assert_eq!(hub.store.forget_requests(at(9), 2).await, Ok(1));
    assert_eq!(hub.store.forget_requests(at(9), 2).await, Ok(0));
    assert_eq!(remembered().await, [false; 5]);
    hub.applied(new("later", None).request("r1", "start").at(at(20))).await;
    assert_eq!(hub.store.forget_requests(at(20), 2).await, Ok(0));
}

pub(super) async fn request_ids_are_kept_apart(hub: Hub) {
    let long = "🦀".repeat(256);
    let all = ["r", "R", "r ", "r'", "r\"", "r;--", "%", "_", "ä", "a\u{308}", "\u{10ffff}", "0", "00", &long];
    for (n, request) in all.into_iter().enumerate() {
        hub.applied(new(&format!("i{n}"), None).request(request, "start")).await;
    }
    for (n, request) in all.into_iter().enumerate() {
        let name = format!("i{n}");
        let key = hub.record(&name).await.key;
        assert_eq!(hub.commit(new("z", None).request(request, "x")).await, repeated("start", &name, key, 0));
    }
}

pub(super) async fn many_requests_in_one_batch(hub: Hub) {
    const N: u64 = 3_000;
    let start = |n: u64| {
        // Every third comes again, the next time under another id.
        let request = format!("r{}", if n % 3 == 2 { n - 1 } else { n });
        new(&format!("i{n}"), None).deliver(to_itself(message(n))).request(&request, "start")
    };
    let outcomes = hub.batch((0..N).map(start).collect()).await;
    for (n, outcome) in (0..N).zip(&outcomes) {
        match outcome {
            CommitOutcome::Applied { .. } => assert_ne!(n % 3, 2),
            CommitOutcome::Repeated { id, .. } => {
                assert_eq!((n % 3, id.to_string()), (2, format!("i{}", n - 1)));
            }
            other => panic!("commit {n}: {other:?}"),
        }
    }
    assert_eq!(hub.inbox().await.len() as u64, N * 2 / 3);
    let again = hub.batch((0..N).map(start).collect()).await;
    assert!(again.iter().all(|o| matches!(o, CommitOutcome::Repeated { .. })));
    assert_eq!(hub.store.forget_requests(at(1), N as usize).await, Ok(N * 2 / 3));
}
