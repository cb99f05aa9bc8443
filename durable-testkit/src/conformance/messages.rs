//! Messages: accepted = consumed + waiting (I9), in order of arrival.

use durable_core::store::{CommitOutcome, Ownership, Status};
use durable_core::{EventSeq, MessageId};

use super::fixture::{CommitExt, Hub, asleep, at, finished, ids, message, new, owned, to, to_itself, turn, update};

pub(super) async fn a_message_arrives_and_is_consumed_once(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", None).deliver(to_itself(message(1)))).await;
    let inbox = hub.claim(lease, at(0)).await.remove(0).inbox;
    assert_eq!(inbox.iter().map(|m| (m.to, m.message.clone())).collect::<Vec<_>>(), [(key, message(1))]);
    let mut commit = owned(lease, key).turn(0, turn(0, 2));
    commit.consumed = vec![inbox[0].id];
    assert!(matches!(hub.commit(commit.clone()).await, CommitOutcome::Applied { .. }));
    assert!(hub.inbox().await.is_empty());
    assert_eq!(hub.commit(commit).await, CommitOutcome::Conflict { next_seq: EventSeq(2) });
}

pub(super) async fn a_message_wakes_a_sleeper(hub: Hub) {
    let lease = hub.worker("w").await;
    hub.applied(new("a", Some(lease)).turn(0, turn(0, 1)).update(asleep(None))).await;
    hub.applied(new("b", Some(lease)).turn(0, turn(0, 1)).update(asleep(Some(at(500))))).await;
    hub.applied(new("c", Some(lease)).turn(0, turn(0, 1)).update(asleep(Some(at(1))))).await;
    let sender = hub.applied(new("sender", Some(lease)).turn(0, turn(0, 1))).await;
    let mut send = owned(lease, sender).turn(0, turn(1, 1)).at(at(5));
    send.deliveries = ["a", "b", "c"].map(|name| to(name, message(1))).into();
    hub.applied(send).await;
    // The later of "now" and its own time does not count.
    assert_eq!(hub.record("a").await.wake_at, Some(at(5)));
    assert_eq!(hub.record("b").await.wake_at, Some(at(5)));
    assert_eq!(hub.record("c").await.wake_at, Some(at(1)));
    let claimed = hub.claim(lease, at(5)).await;
    assert_eq!(ids(&claimed), ["c", "a", "b"]);
    assert!(claimed.iter().all(|i| i.inbox.len() == 1 && i.inbox[0].to == i.record.key));
}

pub(super) async fn a_message_does_not_disturb_an_owner(hub: Hub) {
    let lease = hub.worker("w").await;
    let a = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let b = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    let before = hub.record("a").await;
    hub.applied(owned(lease, b).turn(0, turn(1, 1)).deliver(to("a", message(1))).at(at(3))).await;
    assert_eq!(hub.record("a").await, before);
    assert_eq!(hub.inbox().await, [(a, message(1))]);
    assert!(hub.claim(lease, at(10)).await.is_empty());
}

pub(super) async fn a_waiting_message_makes_a_release_ready_at_once(hub: Hub) {
    let lease = hub.worker("w").await;
    let a = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let b = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1)).deliver(to("a", message(1)))).await;
    hub.applied(owned(lease, a).turn(0, turn(1, 1)).update(asleep(Some(at(500)))).at(at(2))).await;
    assert_eq!(hub.record("a").await.wake_at, Some(at(2)));
    assert_eq!(ids(&hub.claim(lease, at(2)).await), ["a"]);
    // In one batch, whichever comes first; and one that it sends itself.
    hub.applied(owned(lease, a).turn(0, turn(2, 1)).update(update(Status::Running, Ownership::Keep))).await;
    let release = owned(lease, a).turn(0, turn(3, 1)).update(asleep(None)).at(at(3));
    let send = owned(lease, b).turn(0, turn(1, 1)).deliver(to("a", message(2))).at(at(3));
    hub.batch(vec![release, send]).await;
    assert_eq!(hub.record("a").await.wake_at, Some(at(3)));
    let alone = owned(lease, b).turn(0, turn(2, 1)).deliver(to_itself(message(3))).update(asleep(None)).at(at(4));
    hub.applied(alone).await;
    assert_eq!(hub.record("b").await.wake_at, Some(at(4)));
}

pub(super) async fn consuming_the_last_message_lets_it_sleep(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", None).deliver(to_itself(message(1)))).await;
    let claimed = hub.claim(lease, at(0)).await;
    let mut commit = owned(lease, key).turn(0, turn(0, 2)).update(asleep(None));
    commit.consumed = claimed[0].inbox.iter().map(|m| m.id).collect();
    hub.applied(commit).await;
    assert_eq!(hub.record("a").await.wake_at, None);
    assert!(hub.claim(lease, at(10_000)).await.is_empty());
}

pub(super) async fn a_message_to_nobody_is_dropped(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(owned(lease, key).turn(0, turn(1, 1)).deliver(to("nobody", message(1)))).await;
    assert!(hub.inbox().await.is_empty());
}

pub(super) async fn a_message_to_the_finished_is_dropped(hub: Hub) {
    let lease = hub.worker("w").await;
    hub.applied(new("ended", Some(lease)).turn(0, turn(0, 1)).update(finished())).await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(owned(lease, key).turn(0, turn(1, 1)).deliver(to("ended", message(1)))).await;
    assert!(hub.inbox().await.is_empty());
    assert_eq!(hub.record("ended").await.wake_at, None);
}

pub(super) async fn a_message_after_the_end_in_one_batch_is_dropped(hub: Hub) {
    let lease = hub.worker("w").await;
    let a = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let b = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    let end = owned(lease, a).turn(0, turn(1, 1)).update(finished());
    let send = owned(lease, b).turn(0, turn(1, 1)).deliver(to("a", message(1)));
    hub.batch(vec![end, send]).await;
    assert!(hub.inbox().await.is_empty());
}

pub(super) async fn a_refused_commit_delivers_and_consumes_nothing(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", None).deliver(to_itself(message(1)))).await;
    hub.applied(new("b", None)).await;
    let claimed = hub.claim(lease, at(0)).await;
    let mut refused = owned(lease, key).turn(0, turn(9, 1)).deliver(to("b", message(2)));
    refused.consumed = claimed[0].inbox.iter().map(|m| m.id).collect();
    assert_eq!(refused.consumed.len(), 1);
    assert_eq!(hub.commit(refused).await, CommitOutcome::Conflict { next_seq: EventSeq(0) });
    assert_eq!(hub.inbox().await, [(key, message(1))]);
}

pub(super) async fn mail_is_what_came_later_for_the_owner(hub: Hub) {
    let (w, v) = (hub.worker("w").await, hub.worker("v").await);
    let mine = hub.applied(new("mine", Some(w)).turn(0, turn(0, 1))).await;
    let theirs = hub.applied(new("theirs", Some(v)).turn(0, turn(0, 1))).await;
    let mut send = owned(v, theirs).turn(0, turn(1, 1));
    send.deliveries = vec![to("mine", message(1)), to("theirs", message(2)), to("mine", message(3))];
    hub.applied(send).await;
    let mail = async |after| hub.store.mail(w, after).await.expect("mail can be read");
    let all = mail(MessageId(0)).await;
    assert_eq!(all.iter().map(|m| m.message.clone()).collect::<Vec<_>>(), [message(1), message(3)]);
    assert!(all.iter().all(|m| m.to == mine));
    assert_eq!(mail(all[0].id).await, all[1..]);
    assert!(mail(all[1].id).await.is_empty());
}

pub(super) async fn messages_keep_their_order(hub: Hub) {
    const N: u64 = 500;
    let lease = hub.worker("w").await;
    let a = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let b = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    let mut many = owned(lease, b).turn(0, turn(1, 1));
    many.deliveries = (0..N).map(|n| to(if n % 3 == 0 { "b" } else { "a" }, message(n))).collect();
    let last = owned(lease, a).turn(0, turn(1, 1)).deliver(to("b", message(N)));
    hub.batch(vec![many, last]).await;
    let inbox = hub.store.inbox().await.expect("the inbox can be read");
    assert!(inbox.windows(2).all(|two| two[0].id < two[1].id));
    let expected: Vec<_> = (0..=N).map(message).collect();
    assert_eq!(inbox.into_iter().map(|m| m.message).collect::<Vec<_>>(), expected);
}

pub(super) async fn message_numbers_are_never_reused(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let mut last = MessageId(0);
    for seq in (1..10).step_by(2) {
        hub.applied(owned(lease, key).turn(0, turn(seq, 1)).deliver(to_itself(message(seq)))).await;
        let mail = hub.store.mail(lease, last).await.expect("mail can be read");
        assert_eq!(mail.len(), 1, "after {last}");
        last = mail[0].id;
        let mut consume = owned(lease, key).turn(0, turn(seq + 1, 1));
        consume.consumed = vec![last];
        hub.applied(consume).await;
    }
}
