//! Continue-as-new: a new execution, and what goes along.

use durable_core::store::{CommitOutcome, Ownership, Status};
use durable_core::{EventSeq, ExecutionId, MessageId, Payload};

use super::fixture::{
    CommitExt, Hub, asleep, at, finished, ids, message, new, owned, raise, to, to_execution, to_itself, turn, update,
};

pub(super) async fn the_next_execution_takes_over(hub: Hub) {
    let lease = hub.worker("w").await;
    let mut says = update(Status::Running, Ownership::Keep);
    says.custom_status = Some(Payload::from_json("1").expect("valid JSON"));
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 2)).update(says.clone()).at(at(1))).await;
    let go_on = owned(lease, key).turn(0, turn(2, 1)).next("g", "2", vec![message(1)]).at(at(5));
    assert_eq!(hub.commit(go_on).await, CommitOutcome::Applied { key, execution: ExecutionId(1) });
    let r = hub.record("a").await;
    assert_eq!((r.key, r.execution, r.status, r.owner), (key, ExecutionId(1), Status::Running, Some(lease.worker)));
    assert_eq!((r.name.as_str(), r.version.as_str(), r.created_at, r.updated_at), ("g", "2", at(1), at(5)));
    assert_eq!(r.custom_status, says.custom_status);
    assert!(hub.turns(key, 0).await.is_empty() && hub.turns(key, 1).await.is_empty());
    let mail = hub.store.mail(lease, MessageId(0)).await.expect("mail can be read");
    assert_eq!(mail.iter().map(|m| m.message.clone()).collect::<Vec<_>>(), [message(1)]);
    // Turns of the old one are too late; the new one begins at 0.
    assert_eq!(
        hub.commit(owned(lease, key).turn(0, turn(3, 1))).await,
        CommitOutcome::Conflict { next_seq: EventSeq(0) }
    );
    hub.applied(owned(lease, key).turn(1, turn(0, 2)).consume(&mail)).await;
    // The status changes with it.
    says.custom_status = Some(Payload::from_json("[2]").expect("valid JSON"));
    hub.applied(owned(lease, key).turn(1, turn(2, 1)).update(says.clone()).next("f", "", vec![])).await;
    let r = hub.record("a").await;
    assert_eq!((r.execution, r.custom_status), (ExecutionId(2), says.custom_status));
    hub.applied(owned(lease, key).turn(2, turn(0, 1)).update(finished())).await;
    assert_eq!(hub.commit(new("a", None)).await, CommitOutcome::Applied { key, execution: ExecutionId(3) });
}

pub(super) async fn new_messages_come_before_those_that_wait(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let sender = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(raise("a", message(1))).await;
    let mut send = owned(lease, sender).turn(0, turn(1, 1));
    send.deliveries = vec![to_execution("a", 0, message(2)), to("a", message(3)), to("b", message(4))];
    hub.applied(send).await;
    hub.applied(raise("a", message(5))).await;
    let mail = hub.store.mail(lease, MessageId(0)).await.expect("mail can be read");
    let last = mail.last().expect("there is mail").id;
    // 1 is consumed, 2 was for the old execution alone, 3 and 5 wait.
    let go_on = owned(lease, key).turn(0, turn(1, 2)).consume(&mail[..1]).next("f", "", vec![message(6), message(7)]);
    hub.applied(go_on.deliver(to_itself(message(8))).deliver(to_execution("a", 1, message(9)))).await;
    let expected = [6, 7, 3, 5, 8, 9].map(message);
    assert_eq!(hub.inbox_of("a").await, expected);
    assert_eq!(hub.inbox_of("b").await, [message(4)]);
    // They are numbered anew: who asks for what came later gets all of them.
    let mail = hub.store.mail(lease, last).await.expect("mail can be read");
    assert_eq!(mail.iter().map(|m| m.message.clone()).collect::<Vec<_>>(), expected);
    let reloaded = hub.store.reload(lease, vec![key]).await.expect("a reload works");
    assert_eq!(reloaded[0].inbox, mail);
    // What was carried along is for any execution; the last one was for this.
    hub.applied(owned(lease, key).turn(1, turn(0, 1)).next("f", "", vec![])).await;
    assert_eq!(hub.inbox_of("a").await, [6, 7, 3, 5, 8].map(message));
}

pub(super) async fn a_message_of_the_old_execution_is_dropped_after_it(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let sender = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    let send = |seq, n| owned(lease, sender).turn(0, turn(seq, 1)).deliver(to_execution("a", 0, message(n)));
    let go_on = owned(lease, key).turn(0, turn(1, 1)).next("f", "", vec![message(0)]);
    // Before, in one batch; after, in one batch; and later.
    hub.batch(vec![send(1, 1), raise("a", message(2)), go_on, send(2, 3), raise("a", message(4))]).await;
    hub.applied(send(3, 5)).await;
    assert_eq!(hub.inbox_of("a").await, [0, 2, 4].map(message));
    assert_eq!(hub.record("a").await.execution, ExecutionId(1));
}

pub(super) async fn several_executions_in_one_batch(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(raise("a", message(1))).await;
    let go_on = |execution, seq, n| owned(lease, key).turn(execution, turn(seq, 1)).next("f", "", vec![message(n)]);
    let outcomes = hub.batch(vec![
        go_on(0, 1, 2),
        go_on(0, 2, 3),
        owned(lease, key).turn(1, turn(0, 4)),
        go_on(1, 4, 4),
        owned(lease, key).turn(2, turn(0, 3)).update(asleep(None)).at(at(7)),
    ]);
    let outcomes = outcomes.await;
    let applied = |execution| CommitOutcome::Applied { key, execution: ExecutionId(execution) };
    let conflict = CommitOutcome::Conflict { next_seq: EventSeq(0) };
    assert_eq!(outcomes, [applied(1), conflict, applied(1), applied(2), applied(2)]);
    assert_eq!(hub.inbox_of("a").await, [4, 2, 1].map(message));
    assert_eq!(hub.turns(key, 2).await, [0]);
    assert!(hub.turns(key, 0).await.is_empty() && hub.turns(key, 1).await.is_empty());
    // Messages wait, so it does not sleep.
    assert_eq!(hub.record("a").await.wake_at, Some(at(7)));
    assert_eq!(ids(&hub.claim(lease, at(7)).await), ["a"]);
}

pub(super) async fn a_refused_continuation_changes_nothing(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 2))).await;
    hub.applied(raise("a", message(1))).await;
    let before = hub.record("a").await;
    let go_on = owned(lease, key).turn(0, turn(5, 1)).next("g", "2", vec![message(2)]);
    assert_eq!(hub.commit(go_on).await, CommitOutcome::Conflict { next_seq: EventSeq(2) });
    assert_eq!(hub.record("a").await, before);
    assert_eq!(hub.turns(key, 0).await, [0]);
    assert_eq!(hub.inbox_of("a").await, [message(1)]);
}
