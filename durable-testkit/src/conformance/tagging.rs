//! Tags: what a start puts on its instance.

use durable_core::store::{Delivery, NewInstance, Ownership, Recipient, Status};
use durable_core::{ExecutionId, InstanceKey, Tags};

use super::fixture::{
    CommitExt, Hub, at, finished, ids, instance, message, new, offer, owned, parked, tags, turn, update,
};

fn strange() -> Tags {
    let mut all = tags(&[("it's", "\"x\""), ("%", "_"), ("a;--", ""), ("A", "1"), ("a", "2"), ("שלום", "🦀\u{202e}")]);
    all.insert("\u{10ffff}".repeat(64), "\u{10ffff}".repeat(256)).expect("a long tag is valid");
    all
}

pub(super) async fn tags_come_back_as_they_were(hub: Hub) {
    let lease = hub.worker("w").await;
    let many: Vec<(String, String)> = (0..32).map(|n| (format!("tag-{n}"), format!("{}", n % 3))).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let many = tags(&many);
    let starts = vec![new("a", None).tagged(strange()), new("b", None), new("c", None).tagged(many.clone())];
    hub.batch(starts).await;
    hub.applied(new("d", Some(lease)).tagged(strange()).turn(0, turn(0, 1))).await;
    let expected = [("a", strange()), ("b", Tags::default()), ("c", many), ("d", strange())];
    let listed = hub.store.instances(InstanceKey(0), 10).await.expect("instances can be listed");
    for ((name, tags), listed) in expected.iter().zip(listed) {
        assert_eq!(hub.record(name).await.tags, *tags, "{name}");
        assert_eq!((listed.id.as_str(), &listed.tags), (*name, tags));
    }
    let claimed = hub.claim(lease, at(1)).await;
    assert_eq!(ids(&claimed), ["a", "b", "c"]);
    assert!(claimed.iter().zip(&expected).all(|(claimed, (_, tags))| claimed.record.tags == *tags));
    let own = hub.record("d").await.key;
    let reloaded = hub.store.reload(lease, vec![own]).await.expect("a reload works");
    assert_eq!(reloaded[0].record.tags, strange());
}

pub(super) async fn tags_stay_with_their_instance(hub: Hub) {
    let lease = hub.worker("w").await;
    let own = tags(&[("customer", "1"), ("region", "eu")]);
    let key = hub.applied(new("a", Some(lease)).tagged(own.clone()).turn(0, turn(0, 1))).await;
    hub.applied(owned(lease, key).turn(0, turn(1, 1)).update(update(Status::Running, Ownership::Keep))).await;
    assert_eq!(hub.record("a").await.tags, own);
    hub.applied(owned(lease, key).turn(0, turn(2, 1)).next("g", "2", vec![message(1)])).await;
    assert_eq!(hub.record("a").await.tags, own);
    hub.applied(owned(lease, key).turn(1, turn(0, 1)).update(parked("no code"))).await;
    hub.store
        .unpark(vec![durable_core::store::Offer { name: "g".into(), version: "2".into() }], at(1))
        .await
        .expect("unpark works");
    hub.claim_offering(lease, vec![offer("g")], at(1), 10).await;
    hub.applied(owned(lease, key).turn(1, turn(1, 1)).update(finished())).await;
    assert_eq!(hub.record("a").await.tags, own);
    // Who takes its place has none of them.
    hub.applied(new("a", None).tagged(tags(&[("region", "us"), ("other", "")]))).await;
    let r = hub.record("a").await;
    assert_eq!((r.execution, r.tags), (ExecutionId(2), tags(&[("region", "us"), ("other", "")])));
    hub.claim(lease, at(1)).await;
    hub.applied(owned(lease, key).turn(2, turn(0, 1)).update(finished())).await;
    hub.applied(new("a", None)).await;
    assert_eq!(hub.record("a").await.tags, Tags::default());
}

pub(super) async fn a_child_has_its_own_tags(hub: Hub) {
    let lease = hub.worker("w").await;
    let parent = hub.applied(new("p", Some(lease)).tagged(tags(&[("of", "p")])).turn(0, turn(0, 1))).await;
    let child = |name, tags| {
        let instance = NewInstance { tags, ..instance(name) };
        Delivery { to: Recipient::New { instance, refused: None }, message: message(1) }
    };
    let start = owned(lease, parent).turn(0, turn(1, 1));
    hub.applied(start.deliver(child("c", strange())).deliver(child("d", Tags::default()))).await;
    assert_eq!(hub.record("c").await.tags, strange());
    assert_eq!(hub.record("d").await.tags, Tags::default());
    assert_eq!(hub.record("p").await.tags, tags(&[("of", "p")]));
}
