//! New instances: created, refused, replaced.

use std::collections::BTreeSet;

use durable_core::store::{CommitOutcome, Lease, Status};
use durable_core::{EventSeq, ExecutionId, LeaseEpoch};

use super::fixture::{CommitExt, Hub, asleep, at, finished, message, new, owned, to, to_itself, turn};

pub(super) async fn a_new_instance_is_pending_and_ready(hub: Hub) {
    let start = new("a", None).named("greet", "2").deliver(to_itself(message(1))).at(at(5));
    let key = hub.applied(start).await;
    let r = hub.record("a").await;
    assert_eq!((r.key, r.execution, r.status), (key, ExecutionId(0), Status::Pending));
    assert_eq!((r.name.as_str(), r.version.as_str()), ("greet", "2"));
    assert_eq!((r.created_at, r.updated_at), (at(5), at(5)));
    assert_eq!((r.owner, r.wake_at, r.crashes, r.parked_reason), (None, Some(at(5)), 0, None));
    assert_eq!(hub.inbox().await, [(key, message(1))]);
    assert!(hub.turns(key, 0).await.is_empty());
}

pub(super) async fn a_start_with_its_first_turn_is_one_commit(hub: Hub) {
    let lease = hub.worker("w").await;
    let outcome = hub.commit(new("a", Some(lease)).turn(0, turn(0, 3))).await;
    let r = hub.record("a").await;
    assert_eq!(outcome, CommitOutcome::Applied { key: r.key, execution: ExecutionId(0) });
    assert_eq!((r.status, r.owner, r.wake_at), (Status::Running, Some(lease.worker), None));
    assert_eq!(hub.turns(r.key, 0).await, [0]);
    hub.applied(owned(lease, r.key).turn(0, turn(3, 1))).await;
    // A start that sleeps after its first turn, and one that has ended with it.
    hub.applied(new("b", Some(lease)).turn(0, turn(0, 1)).update(asleep(Some(at(9))))).await;
    let r = hub.record("b").await;
    assert_eq!((r.status, r.owner, r.wake_at), (Status::Running, None, Some(at(9))));
    hub.applied(new("c", Some(lease)).turn(0, turn(0, 1)).update(finished())).await;
    assert_eq!(hub.record("c").await.status, Status::Completed);
}

pub(super) async fn a_taken_id_is_refused_and_says_by_whom(hub: Hub) {
    let key = hub.applied(new("a", None)).await;
    let refused = |status| CommitOutcome::AlreadyExists { key, execution: ExecutionId(0), status };
    assert_eq!(hub.commit(new("a", None).deliver(to_itself(message(1)))).await, refused(Status::Pending));
    assert!(hub.inbox().await.is_empty());
    let lease = hub.worker("w").await;
    hub.claim(lease, at(1)).await;
    assert_eq!(hub.commit(new("a", Some(lease)).turn(0, turn(0, 1))).await, refused(Status::Running));
    assert!(hub.turns(key, 0).await.is_empty());
    assert_eq!(hub.record("a").await.owner, Some(lease.worker));
}

pub(super) async fn a_finished_instance_is_replaced(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 2)).update(finished())).await;
    let again = new("a", Some(lease)).turn(1, turn(0, 1)).named("g", "2").at(at(50));
    assert_eq!(hub.commit(again).await, CommitOutcome::Applied { key, execution: ExecutionId(1) });
    let r = hub.record("a").await;
    assert_eq!((r.key, r.execution, r.status, r.crashes), (key, ExecutionId(1), Status::Running, 0));
    assert_eq!((r.name.as_str(), r.version.as_str(), r.created_at), ("g", "2", at(50)));
    assert_eq!(hub.turns(key, 1).await, [0]);
    // The new execution goes on as any other.
    hub.applied(owned(lease, key).turn(1, turn(1, 1)).update(finished())).await;
    assert_eq!(hub.commit(new("a", None)).await, CommitOutcome::Applied { key, execution: ExecutionId(2) });
}

pub(super) async fn a_replaced_instance_leaves_nothing_behind(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 2))).await;
    let other = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(owned(lease, other).turn(0, turn(1, 1)).deliver(to("a", message(1)))).await;
    hub.applied(owned(lease, key).turn(0, turn(2, 1)).update(finished())).await;
    hub.applied(new("a", None).deliver(to_itself(message(2)))).await;
    assert!(hub.turns(key, 0).await.is_empty());
    assert!(hub.turns(key, 1).await.is_empty());
    assert_eq!(hub.inbox().await, [(key, message(2))]);
    assert_eq!(hub.turns(other, 0).await, [0, 1]);
}

pub(super) async fn of_two_starts_of_one_id_in_a_batch_the_first_wins(hub: Hub) {
    let starts = vec![
        new("a", None).deliver(to_itself(message(1))),
        new("b", None),
        new("a", None).deliver(to_itself(message(2))),
    ];
    let outcomes = hub.batch(starts).await;
    let key = hub.record("a").await.key;
    assert_eq!(outcomes[0], CommitOutcome::Applied { key, execution: ExecutionId(0) });
    assert!(matches!(outcomes[1], CommitOutcome::Applied { .. }));
    let status = Status::Pending;
    assert_eq!(outcomes[2], CommitOutcome::AlreadyExists { key, execution: ExecutionId(0), status });
    assert_eq!(hub.inbox().await, [(key, message(1))]);
}

pub(super) async fn an_instance_that_ends_in_its_first_turn_can_be_replaced_in_the_same_batch(hub: Hub) {
    let lease = hub.worker("w").await;
    let start = |execution, count| new("a", Some(lease)).turn(execution, turn(0, count)).update(finished());
    let outcomes = hub.batch(vec![start(0, 1), start(1, 2), start(2, 3)]).await;
    let key = hub.record("a").await.key;
    for (n, outcome) in (0..).zip(outcomes) {
        assert_eq!(outcome, CommitOutcome::Applied { key, execution: ExecutionId(n) });
    }
    assert_eq!(hub.record("a").await.execution, ExecutionId(2));
    assert!(hub.turns(key, 0).await.is_empty() && hub.turns(key, 1).await.is_empty());
    let last = hub.store.last_turn(key, ExecutionId(2)).await.expect("a turn can be read");
    assert_eq!(last, Some(turn(0, 3)));
}

pub(super) async fn a_start_with_a_stale_lease_is_fenced(hub: Hub) {
    let lease = hub.worker("w").await;
    let stale = Lease { epoch: LeaseEpoch(lease.epoch.0 + 1), ..lease };
    let outcomes = hub.batch(vec![new("a", Some(stale)).turn(0, turn(0, 1)), new("b", Some(lease))]).await;
    assert_eq!(outcomes[0], CommitOutcome::Fenced);
    assert!(matches!(outcomes[1], CommitOutcome::Applied { .. }));
    let a = hub.store.instance(super::fixture::id("a")).await;
    assert_eq!(a, Ok(None));
}

pub(super) async fn a_first_turn_begins_at_zero(hub: Hub) {
    let lease = hub.worker("w").await;
    let outcome = hub.commit(new("a", Some(lease)).turn(0, turn(1, 1))).await;
    assert_eq!(outcome, CommitOutcome::Conflict { next_seq: EventSeq(0) });
    assert_eq!(hub.store.instance(super::fixture::id("a")).await, Ok(None));
}

pub(super) async fn keys_are_never_given_twice(hub: Hub) {
    let mut keys = BTreeSet::new();
    for n in 0..20 {
        let starts = (0..10).map(|m| new(&format!("{n}-{m}"), None)).collect();
        for outcome in hub.batch(starts).await {
            let CommitOutcome::Applied { key, .. } = outcome else { panic!("{outcome:?}") };
            assert!(keys.insert(key), "key {key} was given twice");
        }
    }
}
