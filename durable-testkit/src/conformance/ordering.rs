//! Commits of one batch are applied in order.

use durable_core::ExecutionId;
use durable_core::store::{CommitOutcome, Status};

use super::fixture::{
    CommitExt, Hub, asleep, at, finished, message, new, owned, parked, poke, raise, to, to_execution, to_new, turn,
};

pub(super) async fn an_event_before_and_after_the_end(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let end = owned(lease, key).turn(0, turn(1, 1)).update(finished());
    let outcomes = hub.batch(vec![raise("a", message(1)), end, raise("a", message(2))]).await;
    let applied = CommitOutcome::Applied { key, execution: ExecutionId(0) };
    assert_eq!(outcomes, [applied.clone(), applied, CommitOutcome::Finished { status: Status::Completed }]);
    assert!(hub.inbox().await.is_empty());
}

pub(super) async fn an_event_before_and_after_a_release(hub: Hub) {
    let lease = hub.worker("w").await;
    let before = hub.applied(new("before", Some(lease)).turn(0, turn(0, 1))).await;
    let after = hub.applied(new("after", Some(lease)).turn(0, turn(0, 1))).await;
    let release = |key| owned(lease, key).turn(0, turn(1, 1)).update(asleep(Some(at(500)))).at(at(10));
    let raise = |name, now| raise(name, message(1)).at(at(now));
    hub.batch(vec![raise("before", 3), release(before), release(after), raise("after", 20)]).await;
    assert_eq!(hub.record("before").await.wake_at, Some(at(10)));
    assert_eq!(hub.record("after").await.wake_at, Some(at(20)));
    // The same by deliveries of a turn.
    let sender = hub.applied(new("sender", Some(lease)).turn(0, turn(0, 1))).await;
    let before = hub.applied(new("before 2", Some(lease)).turn(0, turn(0, 1))).await;
    let after = hub.applied(new("after 2", Some(lease)).turn(0, turn(0, 1))).await;
    let send = |seq, name, now| owned(lease, sender).turn(0, turn(seq, 1)).deliver(to(name, message(2))).at(at(now));
    hub.batch(vec![send(1, "before 2", 3), release(before), release(after)]).await;
    hub.batch(vec![send(2, "after 2", 20)]).await;
    assert_eq!(hub.record("before 2").await.wake_at, Some(at(10)));
    assert_eq!(hub.record("after 2").await.wake_at, Some(at(20)));
    let third = hub.applied(new("after 3", Some(lease)).turn(0, turn(0, 1))).await;
    hub.batch(vec![release(third), send(3, "after 3", 20)]).await;
    assert_eq!(hub.record("after 3").await.wake_at, Some(at(20)));
}

pub(super) async fn a_message_before_and_after_its_recipient_is_made(hub: Hub) {
    let lease = hub.worker("w").await;
    let p = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
    let q = hub.applied(new("q", Some(lease)).turn(0, turn(0, 1))).await;
    let r = hub.applied(new("r", Some(lease)).turn(0, turn(0, 1))).await;
    let batch = vec![
        owned(lease, p).turn(0, turn(1, 1)).deliver(to("c", message(1))),
        owned(lease, q).turn(0, turn(1, 1)).deliver(to_new("c", message(2))),
        owned(lease, r).turn(0, turn(1, 1)).deliver(to("c", message(3))).deliver(to_execution("c", 1, message(4))),
    ];
    hub.batch(batch).await;
    assert_eq!(hub.inbox_of("c").await, [message(2), message(3)]);
    let outcomes = hub.batch(vec![raise("d", message(5)), new("d", None), raise("d", message(6))]).await;
    assert_eq!(outcomes[0], CommitOutcome::NotFound);
    assert_eq!(hub.inbox_of("d").await, [message(6)]);
}

pub(super) async fn a_parent_ends_and_its_child_reports(hub: Hub) {
    let lease = hub.worker("w").await;
    for child_first in [true, false] {
        let (parent, child) = (format!("p-{child_first}"), format!("c-{child_first}"));
        let p = hub.applied(new(&parent, Some(lease)).turn(0, turn(0, 1))).await;
        let c = hub.applied(new(&child, Some(lease)).turn(0, turn(0, 1))).await;
        let end = owned(lease, p).turn(0, turn(1, 1)).update(finished());
        let report =
            owned(lease, c).turn(0, turn(1, 1)).update(finished()).deliver(to_execution(&parent, 0, message(1)));
        hub.batch(if child_first { vec![report, end] } else { vec![end, report] }).await;
        assert!(hub.inbox().await.is_empty());
        assert_eq!(hub.record(&parent).await.status, Status::Completed);
        assert_eq!(hub.record(&child).await.status, Status::Completed);
    }
}

pub(super) async fn an_end_and_a_successor(hub: Hub) {
    let lease = hub.worker("w").await;
    let p = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
    let c = hub.applied(new("c", Some(lease)).turn(0, turn(0, 1))).await;
    let end = owned(lease, c).turn(0, turn(1, 1)).update(finished());
    let batch = vec![
        raise("c", message(1)),
        end,
        owned(lease, p).turn(0, turn(1, 1)).deliver(to_new("c", message(2))),
        raise("c", message(3)),
        owned(lease, p).turn(0, turn(2, 1)).deliver(to_execution("c", 0, message(4))),
    ];
    let outcomes = hub.batch(batch).await;
    assert_eq!(outcomes[3], CommitOutcome::Applied { key: c, execution: ExecutionId(1) });
    assert_eq!(hub.inbox_of("c").await, [message(2), message(3)]);
    assert!(hub.turns(c, 0).await.is_empty());
    assert_eq!(hub.record("c").await.status, Status::Pending);
}

pub(super) async fn parking_and_unparking_in_one_batch(hub: Hub) {
    let lease = hub.worker("w").await;
    let a = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let b = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    let park = |key| owned(lease, key).update(parked("no code")).at(at(2));
    hub.batch(vec![poke("a", message(1)), park(a), park(b), poke("b", message(2)).at(at(3))]).await;
    assert_eq!(hub.record("a").await.status, Status::Parked);
    let r = hub.record("b").await;
    assert_eq!((r.status, r.parked_reason, r.wake_at), (Status::Running, None, Some(at(3))));
    assert_eq!(hub.inbox_of("a").await, [message(1)]);
}
