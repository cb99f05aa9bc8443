//! Messages to an instance that exists, whoever owns it.

use durable_core::store::{CommitOutcome, NewInstance, Ownership, Status, Subject};
use durable_core::{ExecutionId, Payload};

use super::fixture::{
    CommitExt, Hub, asleep, at, commit, finished, ids, instance, message, new, owned, parked, poke, raise, to,
    to_itself, turn, update,
};

pub(super) async fn what_is_not_there_or_has_ended_takes_no_event(hub: Hub) {
    let lease = hub.worker("w").await;
    hub.applied(new("well", None)).await;
    for status in [Status::Completed, Status::Failed, Status::Terminated] {
        let end = update(status, Ownership::Release { wake_at: None });
        hub.applied(new(status.as_str(), Some(lease)).turn(0, turn(0, 1)).update(end)).await;
    }
    assert_eq!(hub.commit(raise("nobody", message(1))).await, CommitOutcome::NotFound);
    for status in [Status::Completed, Status::Failed, Status::Terminated] {
        let name = status.as_str();
        assert_eq!(
            hub.commit(poke(name, message(1)).deliver(to("well", message(2)))).await,
            CommitOutcome::Finished { status }
        );
    }
    assert!(hub.inbox().await.is_empty());
    assert_eq!(hub.commit(raise("nobody", message(1)).deliver(to("well", message(2)))).await, CommitOutcome::NotFound);
    assert!(hub.inbox().await.is_empty(), "a refused commit delivered");
}

pub(super) async fn an_event_wakes_a_sleeper(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1)).update(asleep(Some(at(500))))).await;
    let outcome = hub.commit(raise("a", message(1)).at(at(5))).await;
    assert_eq!(outcome, CommitOutcome::Applied { key, execution: ExecutionId(0) });
    let r = hub.record("a").await;
    assert_eq!((r.status, r.owner, r.wake_at, r.updated_at), (Status::Running, None, Some(at(5)), at(0)));
    // One that would wake it later changes nothing.
    hub.applied(raise("a", message(2)).at(at(6))).await;
    assert_eq!(hub.record("a").await.wake_at, Some(at(5)));
    let claimed = hub.claim(lease, at(5)).await;
    assert_eq!(claimed[0].inbox.iter().map(|m| m.message.clone()).collect::<Vec<_>>(), [message(1), message(2)]);
}

pub(super) async fn an_event_does_not_disturb_an_owner(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let before = hub.record("a").await;
    hub.applied(raise("a", message(1)).at(at(5))).await;
    hub.applied(poke("a", message(2)).at(at(5))).await;
    assert_eq!(hub.record("a").await, before);
    let mail = hub.store.mail(lease, Default::default()).await.expect("mail can be read");
    assert_eq!(
        mail.iter().map(|m| (m.to, m.message.clone())).collect::<Vec<_>>(),
        [(key, message(1)), (key, message(2))]
    );
    hub.applied(owned(lease, key).turn(0, turn(1, 3)).consume(&mail)).await;
    assert!(hub.inbox().await.is_empty());
}

pub(super) async fn an_event_waits_for_its_execution_to_begin(hub: Hub) {
    let lease = hub.worker("w").await;
    let delayed = NewInstance { start_at: Some(at(100)), ..instance("a") };
    hub.applied(commit(Subject::New(delayed)).deliver(to_itself(message(1)))).await;
    let r = hub.record("a").await;
    assert_eq!((r.status, r.owner, r.wake_at), (Status::Pending, None, Some(at(100))));
    let sender = hub.applied(new("sender", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(raise("a", message(2)).at(at(5))).await;
    hub.applied(owned(lease, sender).turn(0, turn(1, 1)).deliver(to("a", message(3))).at(at(6))).await;
    assert_eq!(hub.record("a").await.wake_at, Some(at(100)));
    assert_eq!(hub.store.next_wake().await, Ok(Some(at(100))));
    assert!(hub.claim(lease, at(99)).await.is_empty());
    let claimed = hub.claim(lease, at(100)).await;
    assert_eq!(ids(&claimed), ["a"]);
    assert_eq!(claimed[0].record.status, Status::Running);
    let inbox: Vec<_> = claimed[0].inbox.iter().map(|m| m.message.clone()).collect();
    assert_eq!(inbox, [message(1), message(2), message(3)]);
    // One that could begin already goes by its own time too.
    hub.applied(commit(Subject::New(NewInstance { start_at: Some(at(-50)), ..instance("b") }))).await;
    assert_eq!(hub.record("b").await.wake_at, Some(at(-50)));
    // What cannot wait for the time, such as the request to end, makes it ready now.
    hub.applied(commit(Subject::New(NewInstance { start_at: Some(at(500)), ..instance("c") }))).await;
    hub.applied(poke("c", message(4)).at(at(7))).await;
    assert_eq!(hub.record("c").await.wake_at, Some(at(7)));
}

pub(super) async fn a_parked_instance_is_made_ready_on_request(hub: Hub) {
    let lease = hub.worker("w").await;
    hub.applied(new("a", Some(lease)).turn(0, turn(0, 1)).update(parked("no code"))).await;
    hub.applied(raise("a", message(1)).at(at(5))).await;
    let r = hub.record("a").await;
    assert_eq!((r.status, r.parked_reason.as_deref()), (Status::Parked, Some("no code")));
    assert!(hub.claim(lease, at(10)).await.is_empty());
    hub.applied(poke("a", message(2)).at(at(11))).await;
    let r = hub.record("a").await;
    assert_eq!((r.status, r.parked_reason, r.wake_at, r.updated_at), (Status::Running, None, Some(at(11)), at(11)));
    let claimed = hub.claim(lease, at(11)).await;
    assert_eq!(claimed[0].inbox.iter().map(|m| m.message.clone()).collect::<Vec<_>>(), [message(1), message(2)]);
}

pub(super) async fn a_suspended_instance_takes_messages_and_stays_suspended(hub: Hub) {
    let lease = hub.worker("w").await;
    let suspended = update(Status::Suspended, Ownership::Release { wake_at: None });
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1)).update(suspended.clone())).await;
    assert_eq!(hub.record("a").await.wake_at, None);
    assert!(hub.claim(lease, at(100)).await.is_empty());
    hub.applied(poke("a", message(1)).at(at(5))).await;
    assert_eq!(hub.record("a").await.wake_at, Some(at(5)));
    let claimed = hub.claim(lease, at(5)).await;
    assert_eq!((claimed[0].record.status, claimed[0].inbox.len()), (Status::Suspended, 1));
    let asleep = owned(lease, key).turn(0, turn(1, 2)).consume(&claimed[0].inbox).update(suspended);
    hub.applied(asleep).await;
    let sender = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(owned(lease, sender).turn(0, turn(1, 1)).deliver(to("a", message(2))).at(at(7))).await;
    assert_eq!(hub.record("a").await.wake_at, Some(at(7)));
    hub.claim(lease, at(7)).await;
    // And when its worker dies, another takes it over as it is.
    let (lease, now) = hub.successor().await;
    let claimed = hub.claim(lease, now).await;
    let a = claimed.iter().find(|c| c.record.key == key).expect("it was taken over");
    assert_eq!((a.record.status, a.record.crashes), (Status::Suspended, 1));
}

pub(super) async fn a_finished_instance_keeps_no_messages(hub: Hub) {
    for (n, status) in [Status::Completed, Status::Failed, Status::Terminated].into_iter().enumerate() {
        let lease = hub.worker("w").await;
        let name = format!("i{n}");
        let key = hub.applied(new(&name, Some(lease)).turn(0, turn(0, 1))).await;
        for n in 0..3 {
            hub.applied(raise(&name, message(n))).await;
        }
        let mail = hub.store.mail(lease, Default::default()).await.expect("mail can be read");
        let end = owned(lease, key).turn(0, turn(1, 2)).update(update(status, Ownership::Release { wake_at: None }));
        hub.applied(end.consume(&mail[..1])).await;
        assert!(hub.inbox().await.is_empty(), "{status}");
        assert!(hub.claim(lease, at(100)).await.is_empty());
        let r = hub.record(&name).await;
        assert_eq!((r.status, r.owner, r.wake_at), (status, None, None));
        assert!(matches!(hub.commit(new(&name, None)).await, CommitOutcome::Applied { execution: ExecutionId(1), .. }));
        hub.claim(lease, at(100)).await;
    }
}

pub(super) async fn a_custom_status_stays_until_it_changes(hub: Hub) {
    let lease = hub.worker("w").await;
    let json = |json: &str| Payload::from_json(json).expect("the cases use valid JSON");
    let says = |status: &str| {
        let mut change = update(Status::Running, Ownership::Keep);
        change.custom_status = Some(json(status));
        change
    };
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    assert_eq!(hub.record("a").await.custom_status, None);
    let strange = "{\"it's\": [\"\\u0000 ✓\", 1.10]}";
    hub.applied(owned(lease, key).turn(0, turn(1, 1)).update(says(strange))).await;
    assert_eq!(hub.record("a").await.custom_status, Some(json(strange)));
    hub.applied(owned(lease, key).turn(0, turn(2, 1)).update(update(Status::Running, Ownership::Keep))).await;
    hub.applied(raise("a", message(1))).await;
    assert_eq!(hub.record("a").await.custom_status, Some(json(strange)));
    hub.applied(owned(lease, key).update(says("null"))).await;
    assert_eq!(hub.record("a").await.custom_status, Some(json("null")));
    hub.applied(owned(lease, key).turn(0, turn(3, 1)).update(finished())).await;
    assert_eq!(hub.record("a").await.custom_status, Some(json("null")));
    // A new execution begins without.
    hub.applied(new("a", Some(lease)).turn(1, turn(0, 1))).await;
    assert_eq!(hub.record("a").await.custom_status, None);
    hub.applied(new("b", Some(lease)).turn(0, turn(0, 1)).update(says("7"))).await;
    assert_eq!(hub.record("b").await.custom_status, Some(json("7")));
}

pub(super) async fn many_events_in_one_batch(hub: Hub) {
    const N: u64 = 4_096;
    let lease = hub.worker("w").await;
    let names: Vec<String> = (0..100).map(|n| format!("i{n}")).collect();
    hub.batch(names.iter().map(|name| new(name, Some(lease)).turn(0, turn(0, 1)).update(asleep(None))).collect()).await;
    let events = (0..N).map(|n| raise(if n == 77 { "nobody" } else { &names[n as usize % 100] }, message(n)).at(at(3)));
    let outcomes = hub.batch(events.collect()).await;
    let refused: Vec<_> =
        outcomes.iter().enumerate().filter(|(_, o)| !matches!(o, CommitOutcome::Applied { .. })).collect();
    assert_eq!(refused, [(77, &CommitOutcome::NotFound)]);
    let inbox: Vec<_> = hub.inbox().await.into_iter().map(|(_, message)| message).collect();
    assert_eq!(inbox, (0..N).filter(|n| *n != 77).map(message).collect::<Vec<_>>());
    assert_eq!(hub.claim(lease, at(3)).await.len(), 100);
}
