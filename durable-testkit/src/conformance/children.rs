//! Instances that a message makes, and messages for one execution alone.

use durable_core::ExecutionId;
use durable_core::store::{CommitOutcome, Delivery, NewInstance, Recipient, Status};

use super::fixture::{
    CommitExt, Hub, at, finished, ids, instance, message, new, owned, to, to_execution, to_new, to_new_or, turn,
};

pub(super) async fn a_message_makes_a_child(hub: Hub) {
    let lease = hub.worker("w").await;
    let parent = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
    let child = NewInstance { name: "f".into(), version: "2".into(), ..instance("c") };
    let later = NewInstance { start_at: Some(at(50)), ..instance("later") };
    let make = |instance, n| Delivery { to: Recipient::New { instance, refused: None }, message: message(n) };
    let start = owned(lease, parent).turn(0, turn(1, 1)).deliver(make(child, 1)).deliver(make(later, 2)).at(at(3));
    assert_eq!(hub.commit(start).await, CommitOutcome::Applied { key: parent, execution: ExecutionId(0) });
    let r = hub.record("c").await;
    assert_eq!((r.execution, r.status, r.owner, r.wake_at), (ExecutionId(0), Status::Pending, None, Some(at(3))));
    assert_eq!((r.name.as_str(), r.version.as_str(), r.created_at, r.updated_at), ("f", "2", at(3), at(3)));
    assert_eq!(hub.record("later").await.wake_at, Some(at(50)));
    assert_eq!(hub.inbox_of("c").await, [message(1)]);
    assert_eq!(hub.inbox_of("later").await, [message(2)]);
    assert!(hub.inbox_of("p").await.is_empty());
    // A start may make children as well; and one whose first turn is its last.
    hub.applied(new("q", Some(lease)).turn(0, turn(0, 1)).deliver(to_new("d", message(3)))).await;
    hub.applied(new("r", Some(lease)).turn(0, turn(0, 1)).deliver(to_new("e", message(4))).update(finished())).await;
    assert_eq!(hub.inbox_of("d").await, [message(3)]);
    assert_eq!(hub.inbox_of("e").await, [message(4)]);
}

pub(super) async fn a_child_takes_the_place_of_a_finished_one(hub: Hub) {
    let lease = hub.worker("w").await;
    let parent = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
    let old = hub.applied(new("c", Some(lease)).turn(0, turn(0, 2)).update(finished())).await;
    let refused = message(9);
    hub.applied(owned(lease, parent).turn(0, turn(1, 1)).deliver(to_new_or("c", message(1), refused))).await;
    let r = hub.record("c").await;
    assert_eq!((r.key, r.execution, r.status), (old, ExecutionId(1), Status::Pending));
    assert!(hub.turns(old, 0).await.is_empty());
    assert_eq!(hub.inbox().await, [(old, message(1))]);
}

pub(super) async fn a_taken_childs_id_is_refused_to_the_parent(hub: Hub) {
    let lease = hub.worker("w").await;
    let parent = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(new("c", None)).await;
    let before = hub.record("c").await;
    hub.applied(owned(lease, parent).turn(0, turn(1, 1)).deliver(to_new("c", message(1)))).await;
    assert!(hub.inbox().await.is_empty());
    let mut both = owned(lease, parent).turn(0, turn(2, 1));
    both.deliveries = vec![to_new_or("c", message(1), message(2)), to_new_or("d", message(3), message(4))];
    hub.applied(both).await;
    assert_eq!(hub.inbox_of("p").await, [message(2)]);
    assert_eq!(hub.inbox_of("d").await, [message(3)]);
    assert_eq!(hub.record("c").await, before);
    // The parent itself is such an id, and one that has ended hears nothing.
    let end = owned(lease, parent).turn(0, turn(3, 1)).update(finished());
    hub.applied(end.deliver(to_new_or("c", message(5), message(6)))).await;
    assert!(hub.inbox_of("p").await.is_empty());
}

pub(super) async fn of_two_children_of_one_id_the_first_is_made(hub: Hub) {
    let lease = hub.worker("w").await;
    let p = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
    let q = hub.applied(new("q", Some(lease)).turn(0, turn(0, 1))).await;
    let batch = vec![
        owned(lease, p).turn(0, turn(1, 1)).deliver(to_new_or("c", message(1), message(2))),
        owned(lease, q).turn(0, turn(1, 1)).deliver(to_new_or("c", message(3), message(4))),
        new("c", None),
    ];
    let outcomes = hub.batch(batch).await;
    let (key, status) = (hub.record("c").await.key, Status::Pending);
    assert_eq!(outcomes[2], CommitOutcome::AlreadyExists { key, execution: ExecutionId(0), status });
    assert_eq!(hub.inbox_of("c").await, [message(1)]);
    assert_eq!(hub.inbox_of("p").await, []);
    assert_eq!(hub.inbox_of("q").await, [message(4)]);
}

pub(super) async fn a_thousand_children_in_one_commit(hub: Hub) {
    const N: u64 = 1_000;
    let lease = hub.worker("w").await;
    let parent = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
    let mut fan_out = owned(lease, parent).turn(0, turn(1, 1));
    fan_out.deliveries = (0..N).map(|n| to_new(&format!("c{n}"), message(n))).collect();
    hub.applied(fan_out).await;
    let mut claimed = hub.claim_offering(lease, vec![super::fixture::offer("f")], at(0), 2 * N as usize).await;
    assert_eq!(claimed.len(), N as usize);
    claimed.sort_by_key(|c| c.inbox[0].id);
    for (n, c) in (0..N).zip(&claimed) {
        assert_eq!(c.inbox.iter().map(|m| m.message.clone()).collect::<Vec<_>>(), [message(n)]);
        assert_eq!(c.record.id.as_str(), format!("c{n}"));
    }
    // All report in one batch.
    let reports = claimed.iter().map(|c| {
        let report = to_execution("p", 0, c.inbox[0].message.clone());
        owned(lease, c.record.key).turn(0, turn(0, 2)).consume(&c.inbox).update(finished()).deliver(report)
    });
    hub.batch(reports.collect()).await;
    assert_eq!(hub.inbox_of("p").await, (0..N).map(message).collect::<Vec<_>>());
    assert_eq!(hub.inbox().await.len(), N as usize);
}

pub(super) async fn a_message_for_another_execution_is_dropped(hub: Hub) {
    let lease = hub.worker("w").await;
    let ended = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1)).update(finished())).await;
    hub.applied(new("a", Some(lease)).turn(1, turn(0, 1)).update(super::fixture::asleep(None))).await;
    let sender = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    let mut send = owned(lease, sender).turn(0, turn(1, 1)).at(at(5));
    send.deliveries = vec![to_execution("a", 0, message(1)), to_execution("a", 2, message(2))];
    hub.applied(send).await;
    assert!(hub.inbox().await.is_empty());
    assert_eq!(hub.record("a").await.wake_at, None, "a dropped message woke it");
    let mut send = owned(lease, sender).turn(0, turn(2, 1)).at(at(6));
    send.deliveries =
        vec![to_execution("a", 1, message(3)), to("a", message(4)), to_execution("nobody", 0, message(5))];
    hub.applied(send).await;
    assert_eq!(hub.inbox().await, [(ended, message(3)), (ended, message(4))]);
    assert_eq!(ids(&hub.claim(lease, at(6)).await), ["a"]);
}

pub(super) async fn a_start_says_which_execution_it_is(hub: Hub) {
    let lease = hub.worker("w").await;
    let other = |execution| CommitOutcome::OtherExecution { execution: ExecutionId(execution) };
    assert_eq!(hub.commit(new("a", Some(lease)).turn(1, turn(0, 1))).await, other(0));
    assert_eq!(hub.store.instance(super::fixture::id("a")).await, Ok(None));
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 2)).update(finished())).await;
    let before = hub.record("a").await;
    for wrong in [0, 2] {
        let start = new("a", Some(lease)).turn(wrong, turn(0, 1)).deliver(to_new("c", message(1)));
        assert_eq!(hub.commit(start).await, other(1));
    }
    assert_eq!(hub.record("a").await, before);
    assert_eq!(hub.turns(key, 0).await, [0]);
    assert!(hub.inbox().await.is_empty());
    let outcome = hub.commit(new("a", Some(lease)).turn(1, turn(0, 1))).await;
    assert_eq!(outcome, CommitOutcome::Applied { key, execution: ExecutionId(1) });
}
