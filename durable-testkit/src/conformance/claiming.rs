//! Who gets what is ready.

use durable_core::store::{Lease, Offer, Status};

use super::fixture::{
    CommitExt, Hub, asleep, at, finished, ids, message, new, offer, owned, parked, to, to_itself, turn,
};

async fn sleeper(hub: &Hub, lease: Lease, name: &str, wake_at: i64) {
    hub.applied(new(name, Some(lease)).turn(0, turn(0, 1)).update(asleep(Some(at(wake_at))))).await;
}

pub(super) async fn a_sleeper_is_claimed_when_its_time_has_come(hub: Hub) {
    let lease = hub.worker("w").await;
    sleeper(&hub, lease, "a", 10).await;
    assert!(hub.claim(lease, at(9)).await.is_empty());
    let claimed = hub.claim(lease, at(10)).await;
    assert_eq!(ids(&claimed), ["a"]);
    let r = &claimed[0].record;
    assert_eq!((r.owner, r.wake_at, r.crashes, r.updated_at), (Some(lease.worker), None, 0, at(10)));
    assert_eq!(*r, hub.record("a").await);
}

pub(super) async fn claims_go_by_wake_time_and_limit(hub: Hub) {
    let lease = hub.worker("w").await;
    for (name, wake_at) in [("d", 4), ("a", 1), ("e", 5), ("c", 3), ("b", 2)] {
        sleeper(&hub, lease, name, wake_at).await;
    }
    let take = async |limit| hub.claim_offering(lease, vec![offer("f")], at(10), limit).await;
    assert_eq!(ids(&take(2).await), ["a", "b"]);
    assert!(take(0).await.is_empty());
    assert_eq!(ids(&take(10).await), ["c", "d", "e"]);
    assert!(take(10).await.is_empty());
}

pub(super) async fn an_offer_decides_who_claims(hub: Hub) {
    let f = hub.worker_offering("f", vec![offer("f")], at(0)).await;
    let g = hub.worker_offering("g", vec![offer("g")], at(0)).await;
    hub.applied(new("of-f", None).named("f", "")).await;
    hub.applied(new("of-g", None).named("g", "")).await;
    assert_eq!(ids(&hub.claim_offering(f, vec![offer("f")], at(1), 10).await), ["of-f"]);
    assert_eq!(ids(&hub.claim_offering(g, vec![offer("g")], at(1), 10).await), ["of-g"]);
    // What a live worker offers is left to it; once it has left, anybody may park it visibly.
    hub.applied(new("again-g", None).named("g", "")).await;
    assert!(hub.claim_offering(f, vec![offer("f")], at(1), 10).await.is_empty());
    hub.store.release_worker(g, at(1)).await.expect("a worker can leave");
    assert_eq!(ids(&hub.claim_offering(f, vec![offer("f")], at(1), 10).await), ["again-g", "of-g"]);
}

pub(super) async fn what_nobody_offers_anybody_may_claim(hub: Hub) {
    let lease = hub.worker("w").await;
    hub.applied(new("a", None).named("unheard of", "")).await;
    assert_eq!(ids(&hub.claim(lease, at(1)).await), ["a"]);
}

pub(super) async fn a_version_is_part_of_an_offer(hub: Hub) {
    let version = |version: &str| vec![Offer { name: "f".into(), version: version.into() }];
    let one = hub.worker_offering("one", version("1"), at(0)).await;
    let two = hub.worker_offering("two", version("2"), at(0)).await;
    hub.applied(new("a", None).named("f", "2")).await;
    assert!(hub.claim_offering(one, version("1"), at(1), 10).await.is_empty());
    assert_eq!(ids(&hub.claim_offering(two, version("2"), at(1), 10).await), ["a"]);
}

pub(super) async fn a_dead_workers_instances_count_a_crash(hub: Hub) {
    let old = hub.worker("old").await;
    let key = hub.applied(new("a", Some(old)).turn(0, turn(0, 1))).await;
    sleeper(&hub, old, "asleep", 5).await;
    let (lease, now) = hub.successor().await;
    let claimed = hub.claim(lease, now).await;
    // What was running goes before what slept: it has waited since the crash.
    assert_eq!(ids(&claimed), ["a", "asleep"]);
    assert_eq!(claimed.iter().map(|c| c.record.crashes).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(claimed[0].record.owner, Some(lease.worker));
    // And once more, for the one that has not committed since.
    let later = now + super::fixture::LEASE * 10;
    let third = hub.worker_offering("third", vec![offer("f")], later).await;
    hub.store.fence_dead_workers(third, later).await.expect("the dead can be fenced");
    let claimed = hub.claim(third, later).await;
    let crashes = claimed.iter().find(|c| c.record.key == key).map(|c| c.record.crashes);
    assert_eq!(crashes, Some(2));
}

pub(super) async fn a_claim_reads_everything(hub: Hub) {
    let lease = hub.worker("w").await;
    let a = hub.applied(new("a", Some(lease)).turn(0, turn(0, 2))).await;
    let b = hub.applied(new("b", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(owned(lease, a).turn(0, turn(2, 3))).await;
    let mut send = owned(lease, b).turn(0, turn(1, 1));
    send.deliveries = vec![to("a", message(1)), to("a", message(2))];
    hub.applied(send).await;
    for key in [a, b] {
        let seq = if key == a { 5 } else { 2 };
        hub.applied(owned(lease, key).turn(0, turn(seq, 1)).update(asleep(Some(at(1))))).await;
    }
    let mut claimed = hub.claim(lease, at(1)).await;
    claimed.sort_by_key(|c| c.record.key);
    assert_eq!(ids(&claimed), ["a", "b"]);
    assert_eq!(claimed[0].turns, [turn(0, 2), turn(2, 3), turn(5, 1)]);
    assert_eq!(claimed[0].inbox.iter().map(|m| m.message.clone()).collect::<Vec<_>>(), [message(1), message(2)]);
    assert_eq!(claimed[1].turns, [turn(0, 1), turn(1, 1), turn(2, 1)]);
    assert!(claimed[1].inbox.is_empty());
}

pub(super) async fn what_is_owned_is_not_claimed(hub: Hub) {
    let (w, v) = (hub.worker("w").await, hub.worker("v").await);
    hub.applied(new("a", Some(w)).turn(0, turn(0, 1))).await;
    hub.applied(new("b", None).deliver(to_itself(message(1)))).await;
    assert_eq!(ids(&hub.claim(v, at(1)).await), ["b"]);
    assert!(hub.claim(w, at(1)).await.is_empty());
    assert!(hub.claim(v, at(1)).await.is_empty());
}

pub(super) async fn nothing_finished_or_parked_is_claimed(hub: Hub) {
    let old = hub.worker("old").await;
    hub.applied(new("ended", Some(old)).turn(0, turn(0, 1)).update(finished())).await;
    hub.applied(new("parked", Some(old)).turn(0, turn(0, 1)).update(parked("no code"))).await;
    assert!(hub.claim(old, at(1)).await.is_empty());
    let (lease, now) = hub.successor().await;
    assert!(hub.claim(lease, now).await.is_empty());
    assert_eq!(hub.record("ended").await.status, Status::Completed);
    assert_eq!(hub.record("parked").await.status, Status::Parked);
}

pub(super) async fn next_wake_is_the_earliest(hub: Hub) {
    let lease = hub.worker("w").await;
    let next = async || hub.store.next_wake().await.expect("the next wake time can be read");
    assert_eq!(next().await, None);
    hub.applied(new("busy", Some(lease)).turn(0, turn(0, 1))).await;
    hub.applied(new("ended", Some(lease)).turn(0, turn(0, 1)).update(finished())).await;
    hub.applied(new("silent", Some(lease)).turn(0, turn(0, 1)).update(asleep(None))).await;
    assert_eq!(next().await, None);
    sleeper(&hub, lease, "late", 50).await;
    sleeper(&hub, lease, "soon", 20).await;
    assert_eq!(next().await, Some(at(20)));
    hub.claim(lease, at(20)).await;
    assert_eq!(next().await, Some(at(50)));
}

pub(super) async fn change_mark_changes(hub: Hub) {
    let mark = async || hub.store.change_mark().await.expect("the mark can be read");
    let before = mark().await;
    hub.applied(new("a", None).deliver(to_itself(message(1)))).await;
    // Whether a store counts its own writes is its business; that it answers is not.
    let mut after = mark().await;
    assert!(after >= before);
    // It may move on for a while, where a clock's steps are coarse; and then it rests.
    for _ in 0..1_000 {
        let next = mark().await;
        if next == after {
            return;
        }
        after = next;
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("the mark never rests though nobody writes");
}
