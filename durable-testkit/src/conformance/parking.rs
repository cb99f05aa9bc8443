//! Held instances: nothing is lost, and they go on.

use durable_core::store::{CommitOutcome, Offer, Status};

use super::fixture::{CommitExt, Hub, at, ids, message, new, offer, owned, parked, to, turn};

pub(super) async fn a_parked_instance_says_why_and_goes_on_when_unparked(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(owned(lease, key).update(parked("expected `f`, found `g`")).at(at(2))).await;
    let r = hub.record("a").await;
    assert_eq!(
        (r.status, r.parked_reason.as_deref(), r.owner),
        (Status::Parked, Some("expected `f`, found `g`"), None)
    );
    assert_eq!(hub.turns(key, 0).await, [0]);
    assert!(hub.claim(lease, at(100)).await.is_empty());
    // Its id stays taken.
    assert!(matches!(hub.commit(new("a", None)).await, CommitOutcome::AlreadyExists { status: Status::Parked, .. }));
    assert_eq!(hub.store.unpark(vec![offer("f")], at(9)).await, Ok(1));
    assert_eq!(hub.store.unpark(vec![offer("f")], at(9)).await, Ok(0));
    let claimed = hub.claim(lease, at(9)).await;
    assert_eq!(ids(&claimed), ["a"]);
    assert_eq!(claimed[0].record.parked_reason, None);
    assert_eq!(claimed[0].turns, [turn(0, 1)]);
    hub.applied(owned(lease, key).turn(0, turn(1, 1))).await;
}

pub(super) async fn unpark_needs_the_offer(hub: Hub) {
    let lease = hub.worker("w").await;
    for (id, name, version) in [("a", "f", "1"), ("b", "f", "2"), ("c", "g", "1"), ("d", "f", "1")] {
        hub.applied(new(id, Some(lease)).named(name, version).turn(0, turn(0, 1)).update(parked("no code"))).await;
    }
    let offers = |all: &[(&str, &str)]| -> Vec<Offer> {
        all.iter().map(|(name, version)| Offer { name: (*name).into(), version: (*version).into() }).collect()
    };
    assert_eq!(hub.store.unpark(vec![], at(1)).await, Ok(0));
    assert_eq!(hub.store.unpark(offers(&[("h", "1"), ("f", "")]), at(1)).await, Ok(0));
    assert_eq!(hub.store.unpark(offers(&[("f", "1"), ("f", "1"), ("g", "2")]), at(1)).await, Ok(2));
    for (id, status) in [("a", Status::Running), ("b", Status::Parked), ("c", Status::Parked), ("d", Status::Running)] {
        assert_eq!(hub.record(id).await.status, status, "{id}");
    }
}

pub(super) async fn a_parked_instance_keeps_its_messages(hub: Hub) {
    let lease = hub.worker("w").await;
    hub.applied(new("a", Some(lease)).turn(0, turn(0, 1)).update(parked("no code"))).await;
    let sender = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(owned(lease, sender).turn(0, turn(1, 1)).deliver(to("a", message(1)))).await;
    assert!(hub.claim(lease, at(100)).await.is_empty());
    hub.store.unpark(vec![offer("f")], at(9)).await.expect("unpark works");
    let claimed = hub.claim(lease, at(9)).await;
    assert_eq!(claimed[0].inbox.iter().map(|m| m.message.clone()).collect::<Vec<_>>(), [message(1)]);
}
