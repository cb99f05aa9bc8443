//! Instances that may be what kills workers (I20).

use durable_core::ExecutionId;
use durable_core::store::{InstanceUpdate, Ownership, Status};

use super::fixture::{
    CommitExt, Hub, asleep, at, finished, ids, message, new, offer, owned, parked, poke, raise, turn, update,
};

fn suspect(of: InstanceUpdate, crashes: u32, mark: Option<&str>) -> InstanceUpdate {
    InstanceUpdate { crashes, mark: mark.map(Into::into), ..of }
}

pub(super) async fn marks_and_crashes_come_back(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let seen = async || {
        let r = hub.record("a").await;
        (r.crashes, r.mark)
    };
    assert_eq!(seen().await, (0, None));
    let running = || update(Status::Running, Ownership::Keep);
    for (crashes, mark) in [(2, Some("it's #7 \"g\" \0 🦀")), (3, Some("")), (u32::MAX, None), (0, Some("x"))] {
        hub.applied(owned(lease, key).update(suspect(running(), crashes, mark))).await;
        assert_eq!(seen().await, (crashes, mark.map(Into::into)));
    }
    // Whatever does not change the row leaves them as they are.
    hub.applied(owned(lease, key).turn(0, turn(1, 1))).await;
    hub.applied(raise("a", message(1))).await;
    assert_eq!(seen().await, (0, Some("x".into())));
    let reloaded = hub.store.reload(lease, vec![key]).await.expect("a reload works");
    assert_eq!(reloaded[0].record.mark.as_deref(), Some("x"));
    // Progress clears them; who takes the place of another begins without.
    hub.applied(owned(lease, key).turn(0, turn(2, 1)).update(running())).await;
    assert_eq!(seen().await, (0, None));
    hub.applied(owned(lease, key).turn(0, turn(3, 1)).update(suspect(finished(), 2, Some("y")))).await;
    assert_eq!(seen().await, (2, Some("y".into())));
    hub.applied(new("a", None)).await;
    assert_eq!((seen().await, hub.record("a").await.execution), ((0, None), ExecutionId(1)));
}

pub(super) async fn suspicion_ends_on_request(hub: Hub) {
    let lease = hub.worker("w").await;
    let suspended = update(Status::Suspended, Ownership::Release { wake_at: None });
    let all = [("parked", parked("poison")), ("asleep", asleep(Some(at(90)))), ("suspended", suspended)];
    for (name, of) in all.into_iter().chain([("owned", update(Status::Running, Ownership::Keep))]) {
        hub.applied(new(name, Some(lease)).turn(0, turn(0, 1)).update(suspect(of, 3, Some("x")))).await;
        let mut before = hub.record(name).await;
        hub.applied(raise(name, message(1)).at(at(5))).await;
        let r = hub.record(name).await;
        assert_eq!((r.crashes, r.mark.as_deref()), (3, Some("x")), "{name}");
        hub.applied(poke(name, message(2)).at(at(6))).await;
        let r = hub.record(name).await;
        assert_eq!((r.crashes, r.mark.clone()), (0, None), "{name}");
        if name == "parked" {
            assert_eq!((r.status, r.parked_reason.clone(), r.wake_at), (Status::Running, None, Some(at(6))));
            (before.status, before.parked_reason, before.updated_at) = (Status::Running, None, at(6));
        }
        (before.crashes, before.mark, before.wake_at) = (0, None, r.wake_at);
        assert_eq!(r, before, "{name}");
    }
    assert_eq!(ids(&hub.claim(lease, at(6)).await), ["asleep", "suspended", "parked"]);
}

pub(super) async fn a_new_build_leaves_the_marked_parked(hub: Hub) {
    let lease = hub.worker("w").await;
    for (name, crashes, mark) in
        [("plain", 0, None), ("crashed", 5, None), ("marked", 3, Some("x")), ("empty", 0, Some(""))]
    {
        hub.applied(new(name, Some(lease)).turn(0, turn(0, 1)).update(suspect(parked("no code"), crashes, mark))).await;
    }
    assert_eq!(hub.store.unpark(vec![offer("f")], at(4)).await, Ok(2));
    for (name, status, crashes, mark) in [
        ("plain", Status::Running, 0, None),
        ("crashed", Status::Running, 5, None),
        ("marked", Status::Parked, 3, Some("x")),
        ("empty", Status::Parked, 0, Some("")),
    ] {
        let r = hub.record(name).await;
        assert_eq!((r.status, r.crashes, r.mark.as_deref()), (status, crashes, mark), "{name}");
    }
    assert_eq!(ids(&hub.claim(lease, at(4)).await), ["plain", "crashed"]);
}

pub(super) async fn a_takeover_keeps_the_mark(hub: Hub) {
    let old = hub.worker("old").await;
    let running = update(Status::Running, Ownership::Keep);
    hub.applied(new("a", Some(old)).turn(0, turn(0, 1)).update(suspect(running, 2, Some("x")))).await;
    let (lease, now) = hub.successor().await;
    let claimed = hub.claim(lease, now).await;
    assert_eq!((claimed[0].record.crashes, claimed[0].record.mark.as_deref()), (3, Some("x")));
    // To leave in good order is no crash.
    hub.store.release_worker(lease, now).await.expect("a worker can leave");
    let next = hub.worker_offering("next", vec![offer("f")], now).await;
    let claimed = hub.claim(next, now).await;
    assert_eq!((claimed[0].record.crashes, claimed[0].record.mark.as_deref()), (3, Some("x")));
}
