//! Turns: one after the other, none twice, none left out (I1, I2, I11).

use durable_core::store::{CommitOutcome, Ownership, Status};
use durable_core::{EventSeq, ExecutionId};

use super::fixture::{CommitExt, Hub, asleep, at, id, message, new, owned, to, turn, update};

pub(super) async fn turns_are_appended_in_order(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 2))).await;
    let mut end = 2;
    for count in [1, 3, 1, 7] {
        let outcome = hub.commit(owned(lease, key).turn(0, turn(end, count))).await;
        assert_eq!(outcome, CommitOutcome::Applied { key, execution: ExecutionId(0) });
        end += count;
    }
    assert_eq!(hub.turns(key, 0).await, [0, 2, 3, 6, 7]);
}

pub(super) async fn a_second_commit_from_one_base_conflicts(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 2))).await;
    let conflict = |next| CommitOutcome::Conflict { next_seq: EventSeq(next) };
    hub.applied(owned(lease, key).turn(0, turn(2, 1))).await;
    assert_eq!(hub.commit(owned(lease, key).turn(0, turn(2, 5))).await, conflict(3));
    assert_eq!(hub.commit(owned(lease, key).turn(0, turn(0, 2))).await, conflict(3));
    let outcomes = hub.batch(vec![owned(lease, key).turn(0, turn(3, 1)), owned(lease, key).turn(0, turn(3, 2))]).await;
    assert_eq!(outcomes, [CommitOutcome::Applied { key, execution: ExecutionId(0) }, conflict(4)]);
    assert_eq!(hub.turns(key, 0).await, [0, 2, 3]);
}

pub(super) async fn a_gap_conflicts(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease))).await;
    let conflict = |next| CommitOutcome::Conflict { next_seq: EventSeq(next) };
    assert_eq!(hub.commit(owned(lease, key).turn(0, turn(1, 1))).await, conflict(0));
    hub.applied(owned(lease, key).turn(0, turn(0, 2))).await;
    assert_eq!(hub.commit(owned(lease, key).turn(0, turn(3, 1))).await, conflict(2));
    assert_eq!(hub.turns(key, 0).await, [0]);
}

pub(super) async fn a_base_inside_a_turn_conflicts(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 5))).await;
    let outcome = hub.commit(owned(lease, key).turn(0, turn(3, 1))).await;
    assert_eq!(outcome, CommitOutcome::Conflict { next_seq: EventSeq(5) });
}

pub(super) async fn a_turn_of_another_execution_conflicts(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 5))).await;
    for execution in [1, 9] {
        let outcome = hub.commit(owned(lease, key).turn(execution, turn(0, 1))).await;
        assert_eq!(outcome, CommitOutcome::Conflict { next_seq: EventSeq(5) });
    }
}

pub(super) async fn two_turns_of_one_instance_in_a_batch(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let applied = CommitOutcome::Applied { key, execution: ExecutionId(0) };
    let batch = vec![
        owned(lease, key).turn(0, turn(1, 2)).update(update(Status::Running, Ownership::Keep)),
        owned(lease, key).turn(0, turn(3, 1)).update(asleep(Some(at(7)))).at(at(2)),
        owned(lease, key).turn(0, turn(4, 1)),
    ];
    // The second gives the instance up, so the third does not own it.
    assert_eq!(hub.batch(batch).await, [applied.clone(), applied, CommitOutcome::Fenced]);
    assert_eq!(hub.turns(key, 0).await, [0, 1, 3]);
    assert_eq!(hub.record("a").await.wake_at, Some(at(7)));
}

pub(super) async fn one_refused_commit_does_not_fail_its_neighbours(hub: Hub) {
    let lease = hub.worker("w").await;
    let starts = (0..100).map(|n| new(&format!("i{n}"), Some(lease)).turn(0, turn(0, 1))).collect();
    let keys = hub.batch(starts).await.into_iter().map(|outcome| match outcome {
        CommitOutcome::Applied { key, .. } => key,
        other => panic!("{other:?}"),
    });
    let keys: Vec<_> = keys.collect();
    hub.applied(owned(lease, keys[40]).turn(0, turn(1, 1))).await;
    hub.applied(owned(lease, keys[60]).update(asleep(None))).await;
    let mut batch: Vec<_> = keys.iter().map(|key| owned(lease, *key).turn(0, turn(1, 2))).collect();
    batch.push(new("i7", None));
    batch.push(new("fresh", None));
    let outcomes = hub.batch(batch).await;
    for (n, (outcome, key)) in outcomes.iter().zip(&keys).enumerate() {
        let expected = match n {
            40 => CommitOutcome::Conflict { next_seq: EventSeq(2) },
            60 => CommitOutcome::Fenced,
            _ => CommitOutcome::Applied { key: *key, execution: ExecutionId(0) },
        };
        assert_eq!(*outcome, expected, "commit {n}");
        let expected: &[u64] = if n == 60 { &[0] } else { &[0, 1] };
        assert_eq!(hub.turns(*key, 0).await, expected, "commit {n}");
    }
    let (key, status) = (keys[7], Status::Running);
    assert_eq!(outcomes[100], CommitOutcome::AlreadyExists { key, execution: ExecutionId(0), status });
    assert!(matches!(outcomes[101], CommitOutcome::Applied { .. }));
}

pub(super) async fn a_refused_commit_writes_nothing_at_all(hub: Hub) {
    let lease = hub.worker("w").await;
    let a = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    let before = (hub.record("a").await, hub.record("b").await);
    let refused = owned(lease, a).turn(0, turn(5, 1)).update(asleep(None)).deliver(to("b", message(1))).at(at(9));
    assert_eq!(hub.commit(refused).await, CommitOutcome::Conflict { next_seq: EventSeq(1) });
    assert_eq!((hub.record("a").await, hub.record("b").await), before);
    assert!(hub.inbox().await.is_empty());
    assert_eq!(hub.turns(a, 0).await, [0]);
}

pub(super) async fn a_batch_of_5000(hub: Hub) {
    const N: usize = 5_000;
    let lease = hub.worker("w").await;
    let starts = (0..N).map(|n| new(&format!("i{n}"), Some(lease)).turn(0, turn(0, 1))).collect();
    let keys = hub.batch(starts).await.into_iter().filter_map(|outcome| match outcome {
        CommitOutcome::Applied { key, .. } => Some(key),
        _ => None,
    });
    let keys: Vec<_> = keys.collect();
    assert_eq!(keys.len(), N);
    let next = keys.iter().map(|key| owned(lease, *key).turn(0, turn(1, 3))).collect();
    let applied = hub.batch(next).await.into_iter().filter(|o| matches!(o, CommitOutcome::Applied { .. })).count();
    assert_eq!(applied, N);
    for n in [0, 1, 2_499, N - 1] {
        assert_eq!(hub.record(&format!("i{n}")).await.key, keys[n]);
        assert_eq!(hub.turns(keys[n], 0).await, [0, 1]);
    }
    let all = hub.store.instances(Default::default(), N + 1).await.expect("instances can be listed");
    assert_eq!(all.len(), N);
}

pub(super) async fn an_empty_batch_is_nothing(hub: Hub) {
    assert!(hub.batch(Vec::new()).await.is_empty());
}

pub(super) async fn a_turn_in_the_middle_leaves_the_row_untouched(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let before = hub.record("a").await;
    hub.applied(owned(lease, key).turn(0, turn(1, 1)).at(at(9))).await;
    assert_eq!(hub.record("a").await, before);
}

pub(super) async fn an_update_without_a_turn(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let mut change = update(Status::Running, Ownership::Keep);
    change.crashes = 3;
    let outcome = hub.commit(owned(lease, key).update(change).at(at(4))).await;
    assert_eq!(outcome, CommitOutcome::Applied { key, execution: ExecutionId(0) });
    let r = hub.record("a").await;
    assert_eq!((r.status, r.crashes, r.owner, r.updated_at), (Status::Running, 3, Some(lease.worker), at(4)));
    assert_eq!(hub.turns(key, 0).await, [0]);
    assert_eq!(r.id, id("a"));
}
