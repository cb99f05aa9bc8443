//! Executions that begin with turns that are there already, and those whose turns stay.

use durable_core::history::PackedTurn;
use durable_core::store::{CommitOutcome, Delivery, NewInstance, Ownership, Recipient, Status, StatusSet};
use durable_core::{EventSeq, ExecutionId, InstanceKey};

use super::fixture::{
    CommitExt, Hub, asleep, at, ended, finished, ids, instance, message, new, owned, raise, revive, to_itself, turn,
    update,
};

fn conflict(next: u64) -> CommitOutcome {
    CommitOutcome::Conflict { next_seq: EventSeq(next) }
}

impl Hub {
    async fn history(&self, key: InstanceKey, execution: u32) -> Vec<PackedTurn> {
        let execution = ExecutionId(execution);
        let turns = self.store.history(key, execution).await.expect("a history can be read");
        let first = self.store.first_turn(key, execution).await.expect("a turn can be read");
        let last = self.store.last_turn(key, execution).await.expect("a turn can be read");
        assert_eq!((first.as_ref(), last.as_ref()), (turns.first(), turns.last()));
        turns
    }
}

pub(super) async fn a_fork_begins_with_the_turns_it_is_given(hub: Hub) {
    let lease = hub.worker("w").await;
    let copied = vec![turn(0, 2), turn(2, 3), turn(5, 1)];
    let fork = new("a", None).copied(copied.clone()).deliver(to_itself(message(1))).at(at(2));
    let key = hub.applied(fork).await;
    let r = hub.record("a").await;
    assert_eq!((r.execution, r.status, r.owner, r.wake_at), (ExecutionId(0), Status::Pending, None, Some(at(2))));
    assert_eq!(hub.history(key, 0).await, copied);
    assert_eq!(hub.executions(key).await, [0]);
    let claimed = hub.claim(lease, at(2)).await;
    assert_eq!((ids(&claimed), &claimed[0].turns), (vec!["a"], &copied));
    assert_eq!(claimed[0].inbox.iter().map(|m| m.message.clone()).collect::<Vec<_>>(), [message(1)]);
    for wrong in [0, 2, 5, 7] {
        assert_eq!(hub.commit(owned(lease, key).turn(0, turn(wrong, 1))).await, conflict(6));
    }
    let first = owned(lease, key).turn(0, turn(6, 2)).consume(&claimed[0].inbox);
    let batch = hub.batch(vec![first, owned(lease, key).turn(0, turn(8, 1)).update(finished())]).await;
    assert!(batch.iter().all(|o| matches!(o, CommitOutcome::Applied { .. })));
    assert_eq!(hub.turns(key, 0).await, [0, 2, 5, 6, 8]);
}

pub(super) async fn a_fork_in_the_place_of_another(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 4)).update(finished())).await;
    let copied = vec![turn(0, 1), turn(1, 1)];
    // All in one batch: the fork, another one that is refused, and one beside it.
    let fork = || new("a", None).copied(copied.clone());
    let outcomes = hub.batch(vec![fork(), fork(), new("b", None).copied(copied.clone())]).await;
    assert_eq!(outcomes[0], CommitOutcome::Applied { key, execution: ExecutionId(1) });
    let (execution, status) = (ExecutionId(1), Status::Pending);
    assert_eq!(outcomes[1], CommitOutcome::AlreadyExists { key, execution, status });
    assert_eq!((hub.executions(key).await, hub.history(key, 1).await), (vec![1], copied.clone()));
    assert_eq!(hub.history(hub.record("b").await.key, 0).await, copied);
    hub.claim(lease, at(1)).await;
    hub.applied(owned(lease, key).turn(1, turn(2, 1))).await;
}

pub(super) async fn a_child_may_begin_with_turns(hub: Hub) {
    let lease = hub.worker("w").await;
    let parent = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
    let copied = vec![turn(0, 3), turn(3, 1)];
    let instance = NewInstance { history: copied.clone(), ..instance("c") };
    let make = Delivery { to: Recipient::New { instance, refused: None }, message: message(1) };
    hub.applied(owned(lease, parent).turn(0, turn(1, 1)).deliver(make)).await;
    let key = hub.record("c").await.key;
    assert_eq!(hub.history(key, 0).await, copied);
    hub.claim(lease, at(1)).await;
    assert_eq!(hub.commit(owned(lease, key).turn(0, turn(0, 1))).await, conflict(4));
    hub.applied(owned(lease, key).turn(0, turn(4, 1))).await;
}

pub(super) async fn old_executions_stay_readable(hub: Hub) {
    let lease = hub.worker("w").await;
    let first = vec![turn(0, 2), turn(2, 3)];
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 2)).at(at(1))).await;
    // The last turn of the one that is left, and the next one with copied turns, are one commit.
    let go_on = owned(lease, key).turn(0, turn(2, 3)).next("g", "2", vec![message(1)]).keeping(vec![turn(0, 2)]);
    assert_eq!(hub.commit(go_on.at(at(5))).await, CommitOutcome::Applied { key, execution: ExecutionId(1) });
    let r = hub.record("a").await;
    assert_eq!((r.execution, r.created_at, r.updated_at, r.name.as_str()), (ExecutionId(1), at(1), at(5), "g"));
    assert_eq!((hub.history(key, 0).await, hub.history(key, 1).await), (first.clone(), vec![turn(0, 2)]));
    assert_eq!(hub.executions(key).await, [0, 1]);
    // Nobody writes into the old one, and what reads the instance reads the current one.
    assert_eq!(hub.commit(owned(lease, key).turn(0, turn(5, 1))).await, conflict(2));
    hub.applied(owned(lease, key).turn(1, turn(2, 7))).await;
    let reloaded = hub.store.reload(lease, vec![key]).await.expect("a reload works");
    assert_eq!(reloaded[0].turns, [turn(0, 2), turn(2, 7)]);
    // Again, without copied turns; and once more in the batch.
    let batch = vec![
        owned(lease, key).next("g", "3", vec![message(2)]).keeping(vec![]),
        owned(lease, key).turn(2, turn(0, 4)),
        owned(lease, key).turn(2, turn(4, 1)).next("g", "4", vec![]).keeping(vec![turn(0, 4), turn(4, 4)]),
        owned(lease, key).turn(3, turn(8, 1)).update(asleep(None)),
    ];
    let outcomes = hub.batch(batch).await;
    let applied = |execution| CommitOutcome::Applied { key, execution: ExecutionId(execution) };
    assert_eq!(outcomes, [applied(2), applied(2), applied(3), applied(3)]);
    assert_eq!(hub.executions(key).await, [0, 1, 2, 3]);
    assert_eq!(hub.history(key, 0).await, first);
    assert_eq!(hub.history(key, 1).await, [turn(0, 2), turn(2, 7)]);
    assert_eq!(hub.history(key, 2).await, [turn(0, 4), turn(4, 1)]);
    assert_eq!(hub.history(key, 3).await, [turn(0, 4), turn(4, 4), turn(8, 1)]);
    assert_eq!((hub.history(key, 4).await, hub.record("a").await.created_at), (vec![], at(1)));
}

pub(super) async fn a_rewound_instance_goes_on(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 3)).at(at(1))).await;
    hub.applied(owned(lease, key).turn(0, turn(3, 2)).update(ended(Status::Failed)).at(at(2))).await;
    hub.applied(revive("a", Status::Failed.into(), message(1)).at(at(3))).await;
    hub.applied(raise("a", message(2)).at(at(3))).await;
    let claimed = hub.claim(lease, at(3)).await;
    assert_eq!((ids(&claimed), claimed[0].turns.len()), (vec!["a"], 2));
    let rewind = owned(lease, key).consume(&claimed[0].inbox[..1]).next("f", "", vec![message(3)]);
    let outcome = hub.commit(rewind.keeping(vec![turn(0, 3)]).at(at(4))).await;
    assert_eq!(outcome, CommitOutcome::Applied { key, execution: ExecutionId(1) });
    assert_eq!(hub.inbox_of("a").await, [message(3), message(2)]);
    let mail = hub.store.mail(lease, Default::default()).await.expect("mail can be read");
    hub.applied(owned(lease, key).turn(1, turn(3, 3)).consume(&mail).update(finished()).at(at(5))).await;
    let r = hub.record("a").await;
    assert_eq!((r.status, r.created_at, r.updated_at), (Status::Completed, at(1), at(5)));
    assert_eq!((hub.turns(key, 0).await, hub.turns(key, 1).await), (vec![0, 3], vec![0, 3]));
    // And once more: what is there can always be rewound again.
    hub.applied(revive("a", StatusSet::FINISHED, message(4)).at(at(6))).await;
    hub.claim(lease, at(6)).await;
    hub.applied(owned(lease, key).next("f", "", vec![]).keeping(vec![turn(0, 3), turn(3, 3)])).await;
    assert_eq!(hub.executions(key).await, [0, 1, 2]);
}

/// Three executions, of which the last is current and its worker's.
async fn three(hub: &Hub, name: &str, lease: durable_core::store::Lease) -> InstanceKey {
    let key = hub.applied(new(name, Some(lease)).turn(0, turn(0, 1)).at(at(1))).await;
    for execution in 0..2_u64 {
        let keep = owned(lease, key).next("f", "", vec![message(execution)]).keeping(vec![turn(0, 2)]);
        hub.applied(keep).await;
    }
    assert_eq!(hub.executions(key).await, [0, 1, 2]);
    key
}

pub(super) async fn a_continuation_that_keeps_nothing_deletes_all(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = three(&hub, "a", lease).await;
    let other = three(&hub, "b", lease).await;
    hub.applied(owned(lease, key).turn(2, turn(2, 1)).next("f", "", vec![])).await;
    assert!(hub.executions(key).await.is_empty());
    for execution in 0..4 {
        assert!(hub.history(key, execution).await.is_empty(), "{execution}");
    }
    hub.applied(owned(lease, key).turn(3, turn(0, 1))).await;
    assert_eq!((hub.executions(key).await, hub.executions(other).await), (vec![3], vec![0, 1, 2]));
    // The same with turns to begin with.
    let mut go_on = owned(lease, other).next("f", "", vec![]).keeping(vec![turn(0, 5)]);
    if let Some(next) = &mut go_on.next {
        next.keeps = false;
    }
    hub.applied(go_on).await;
    assert_eq!((hub.executions(other).await, hub.history(other, 3).await), (vec![3], vec![turn(0, 5)]));
    assert_eq!(hub.record("b").await.created_at, at(1));
}

pub(super) async fn a_successor_deletes_all_executions(hub: Hub) {
    let lease = hub.worker("w").await;
    for (name, by_message) in [("a", false), ("b", true)] {
        let key = three(&hub, name, lease).await;
        let status = update(Status::Completed, Ownership::Release { wake_at: None });
        hub.applied(owned(lease, key).turn(2, turn(2, 1)).update(status)).await;
        assert_eq!(hub.executions(key).await, [0, 1, 2]);
        if by_message {
            let parent = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
            hub.applied(owned(lease, parent).deliver(super::fixture::to_new(name, message(9))).at(at(7))).await;
        } else {
            hub.applied(new(name, None).at(at(7))).await;
        }
        let r = hub.record(name).await;
        assert_eq!((r.key, r.execution, r.created_at), (key, ExecutionId(3), at(7)));
        assert!(hub.executions(key).await.is_empty(), "{name}");
        assert!(hub.history(key, 0).await.is_empty() && hub.history(key, 2).await.is_empty());
    }
}
