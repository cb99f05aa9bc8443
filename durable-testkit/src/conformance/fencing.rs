//! Leases: who may write, and how long (I10).

use durable_core::store::{Claim, CommitOutcome, Lease};
use durable_core::{ExecutionId, InstanceKey, LeaseEpoch, MessageId, WorkerId};

use super::fixture::{
    CommitExt, Hub, LEASE, asleep, assert_fenced, at, finished, id, ids, message, new, offer, owned, to, turn,
};

pub(super) async fn a_commit_needs_the_owner(hub: Hub) {
    let (a, b) = (hub.worker("a").await, hub.worker("b").await);
    let key = hub.applied(new("i", Some(a)).turn(0, turn(0, 1))).await;
    assert_eq!(hub.commit(owned(b, key).turn(0, turn(1, 1))).await, CommitOutcome::Fenced);
    assert_eq!(hub.commit(owned(b, key).update(finished())).await, CommitOutcome::Fenced);
    assert_eq!(hub.commit(owned(a, InstanceKey(987_654)).turn(0, turn(0, 1))).await, CommitOutcome::Fenced);
    hub.applied(owned(a, key).turn(0, turn(1, 1)).update(asleep(None))).await;
    assert_eq!(hub.commit(owned(a, key).turn(0, turn(2, 1))).await, CommitOutcome::Fenced);
    assert_eq!(hub.turns(key, 0).await, [0, 1]);
}

pub(super) async fn a_commit_needs_the_epoch(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("i", Some(lease)).turn(0, turn(0, 1))).await;
    for epoch in [lease.epoch.0 + 1, lease.epoch.0.wrapping_sub(1)] {
        let other = Lease { epoch: LeaseEpoch(epoch & 0xffff), ..lease };
        assert_eq!(hub.commit(owned(other, key).turn(0, turn(1, 1))).await, CommitOutcome::Fenced);
    }
    let unknown = Lease { worker: WorkerId(987_654), ..lease };
    assert_eq!(hub.commit(owned(unknown, key).turn(0, turn(1, 1))).await, CommitOutcome::Fenced);
    // Two workers in one batch: each by its own lease.
    let other = hub.worker("v").await;
    let theirs = hub.applied(new("j", Some(other)).turn(0, turn(0, 1))).await;
    let batch = vec![
        owned(lease, key).turn(0, turn(1, 1)),
        owned(other, theirs).turn(0, turn(1, 1)),
        owned(other, key).turn(0, turn(2, 1)),
    ];
    let applied = |key| CommitOutcome::Applied { key, execution: ExecutionId(0) };
    assert_eq!(hub.batch(batch).await, [applied(key), applied(theirs), CommitOutcome::Fenced]);
}

pub(super) async fn a_dead_worker_is_found_once(hub: Hub) {
    let old = hub.worker("old").await;
    let key = hub.applied(new("i", Some(old)).turn(0, turn(0, 1))).await;
    let late = at(1_000);
    let lease = hub.worker_offering("new", vec![offer("f")], late).await;
    assert_eq!(hub.store.fence_dead_workers(lease, late).await, Ok(vec![old.worker]));
    assert_eq!(hub.store.fence_dead_workers(lease, late).await, Ok(vec![]));
    // Its row stays for as long as it owns something.
    let workers = hub.store.workers().await.expect("workers can be listed");
    let row = workers.iter().find(|w| w.id == old.worker).expect("the fenced worker is listed");
    assert!(row.fenced && row.epoch > old.epoch);
    assert_eq!(ids(&hub.claim(lease, late).await), ["i"]);
    hub.applied(owned(lease, key).turn(0, turn(1, 1))).await;
    hub.store.fence_dead_workers(lease, late).await.expect("the dead can be fenced");
    let workers = hub.store.workers().await.expect("workers can be listed");
    assert_eq!(workers.iter().map(|w| w.id).collect::<Vec<_>>(), [lease.worker]);
}

pub(super) async fn a_live_worker_is_not_fenced(hub: Hub) {
    let (a, b) = (hub.worker("a").await, hub.worker("b").await);
    let key = hub.applied(new("i", Some(a)).turn(0, turn(0, 1))).await;
    assert_eq!(hub.store.fence_dead_workers(b, at(1)).await, Ok(vec![]));
    // A worker never fences itself.
    assert_eq!(hub.store.fence_dead_workers(b, at(1_000)).await, Ok(vec![a.worker]));
    assert!(hub.store.renew(b, at(1_000)).await.is_ok());
    assert_eq!(hub.commit(owned(a, key).turn(0, turn(1, 1))).await, CommitOutcome::Fenced);
}

pub(super) async fn a_takeover_fences_every_call_of_the_old_lease(hub: Hub) {
    let old = hub.worker("old").await;
    let key = hub.applied(new("i", Some(old)).turn(0, turn(0, 1))).await;
    let (lease, now) = hub.successor().await;
    // Before anybody has claimed the instance, and after.
    for _ in 0..2 {
        assert_fenced(hub.store.renew(old, now).await);
        let claim = Claim { lease: old, offers: vec![offer("f")], now, limit: 10 };
        assert_fenced(hub.store.claim(claim).await);
        assert_fenced(hub.store.reload(old, vec![key]).await);
        assert_fenced(hub.store.mail(old, MessageId(0)).await);
        assert_fenced(hub.store.fence_dead_workers(old, now).await);
        assert_fenced(hub.store.release_worker(old, now).await);
        assert_eq!(hub.commit(owned(old, key).turn(0, turn(1, 1))).await, CommitOutcome::Fenced);
        assert_eq!(hub.commit(owned(old, key).update(asleep(None))).await, CommitOutcome::Fenced);
        assert_eq!(hub.commit(new("j", Some(old)).turn(0, turn(0, 1))).await, CommitOutcome::Fenced);
        hub.claim(lease, now).await;
    }
    let r = hub.record("i").await;
    assert_eq!(r.owner, Some(lease.worker));
    assert_eq!(hub.turns(key, 0).await, [0]);
    hub.applied(owned(lease, key).turn(0, turn(1, 1))).await;
}

pub(super) async fn a_renewed_lease_lives_on(hub: Hub) {
    let (a, b) = (hub.worker("a").await, hub.worker("b").await);
    hub.store.renew(a, at(900)).await.expect("a lease can be renewed");
    let workers = hub.store.workers().await.expect("workers can be listed");
    let row = workers.iter().find(|w| w.id == a.worker).expect("the worker is listed");
    assert_eq!(row.expires_at, at(900) + LEASE);
    assert_eq!(hub.store.fence_dead_workers(a, at(910)).await, Ok(vec![b.worker]));
}

pub(super) async fn epochs_only_grow_and_ids_are_never_reused(hub: Hub) {
    let mut last = WorkerId(i64::MIN);
    for n in 0..5 {
        let lease = hub.worker("w").await;
        assert!(lease.worker > last, "worker id {} after {last}", lease.worker);
        last = lease.worker;
        if n % 2 == 0 {
            hub.store.release_worker(lease, at(0)).await.expect("a worker can leave");
        }
    }
}

pub(super) async fn a_released_worker_leaves_its_work_to_others(hub: Hub) {
    let (a, b) = (hub.worker("a").await, hub.worker("b").await);
    let key = hub.applied(new("i", Some(a)).turn(0, turn(0, 1))).await;
    hub.applied(new("ended", Some(a)).turn(0, turn(0, 1)).update(finished())).await;
    hub.store.release_worker(a, at(3)).await.expect("a worker can leave");
    let r = hub.record("i").await;
    assert_eq!((r.owner, r.wake_at, r.crashes), (None, Some(at(3)), 0));
    let workers = hub.store.workers().await.expect("workers can be listed");
    assert_eq!(workers.iter().map(|w| w.id).collect::<Vec<_>>(), [b.worker]);
    assert_eq!(hub.commit(owned(a, key).turn(0, turn(1, 1))).await, CommitOutcome::Fenced);
    assert_fenced(hub.store.renew(a, at(4)).await);
    let claimed = hub.claim(b, at(3)).await;
    assert_eq!(ids(&claimed), ["i"]);
    // To leave is not to crash.
    assert_eq!(claimed[0].record.crashes, 0);
}

pub(super) async fn a_worker_is_as_it_was_entered(hub: Hub) {
    let offers = vec![offer("f"), offer("it's; -- \"g\" %_")];
    let lease = hub.worker_offering("bob's \u{202e} worker", offers.clone(), at(7)).await;
    let workers = hub.store.workers().await.expect("workers can be listed");
    assert_eq!(workers.len(), 1);
    let w = &workers[0];
    assert_eq!((w.id, w.epoch, w.name.as_str()), (lease.worker, lease.epoch, "bob's \u{202e} worker"));
    assert_eq!((&w.offers, w.expires_at, w.fenced), (&offers, at(7) + LEASE, false));
}

pub(super) async fn reload_reads_what_is_owned(hub: Hub) {
    let (a, b) = (hub.worker("a").await, hub.worker("b").await);
    let mine = hub.applied(new("mine", Some(a)).turn(0, turn(0, 2))).await;
    let theirs = hub.applied(new("theirs", Some(b)).turn(0, turn(0, 1)).deliver(to("mine", message(4)))).await;
    let asleep = hub.applied(new("asleep", Some(a)).turn(0, turn(0, 1)).update(asleep(None))).await;
    let keys = vec![theirs, mine, asleep, InstanceKey(987_654)];
    let found = hub.store.reload(a, keys).await.expect("a reload works");
    assert_eq!(ids(&found), ["mine"]);
    assert_eq!(found[0].turns, [turn(0, 2)]);
    assert_eq!(found[0].inbox.iter().map(|m| m.message.clone()).collect::<Vec<_>>(), [message(4)]);
    assert_eq!(found[0].record, hub.record("mine").await);
    assert_eq!(hub.store.reload(a, vec![]).await, Ok(vec![]));
}

pub(super) async fn a_finished_instance_is_not_owned_work(hub: Hub) {
    let old = hub.worker("old").await;
    hub.applied(new("ended", Some(old)).turn(0, turn(0, 1)).update(finished())).await;
    let (lease, now) = hub.successor().await;
    assert!(hub.claim(lease, now).await.is_empty());
    let r = hub.store.instance(id("ended")).await.expect("an instance can be read").expect("it is there");
    assert_eq!(r.crashes, 0);
}
