//! Statistics equal a recount (I23).

use durable_core::store::{InstanceFilter, InstanceRecord, NewInstance, Status, StatusSet, StoreStatistics, Subject};
use durable_core::{ExecutionId, InstanceKey, Timestamp};

use super::fixture::{
    CommitExt, Hub, asleep, at, commit, finished, instance, message, new, offer, owned, raise, revive, turn,
};
use super::population::Population;
use crate::sim::Rng;

impl Hub {
    /// The statistics are what a reader of everything would count.
    async fn recount(&self, now: Timestamp, requests: u64) -> StoreStatistics {
        let statistics = self.store.statistics(now).await.expect("there are statistics");
        let rows = self.store.instances(InstanceKey(0), 10_000).await.expect("instances can be listed");
        for status in Status::ALL {
            let count = rows.iter().filter(|r| r.status == status).count() as u64;
            assert_eq!(statistics.count(status), count, "{status}");
        }
        assert!(statistics.by_status.iter().all(|(_, n)| *n > 0), "{statistics:?}");
        assert_eq!(statistics.instances(), rows.len() as u64);
        let mut counted = self.store.count(InstanceFilter::default()).await.expect("instances can be counted");
        let mut by_status = statistics.by_status.clone();
        counted.sort();
        by_status.sort();
        assert_eq!(counted, by_status);
        let waits = |r: &&InstanceRecord| r.owner.is_none() && !r.status.is_finished() && r.status != Status::Parked;
        let ready = rows.iter().filter(waits).filter_map(|r| r.wake_at).filter(|at| *at <= now);
        assert_eq!(statistics.ready, ready.clone().count() as u64);
        assert_eq!(statistics.oldest_ready, ready.min());
        assert_eq!(statistics.inbox, self.inbox().await.len() as u64);
        let workers = self.store.workers().await.expect("workers can be listed");
        assert_eq!(statistics.workers, workers.iter().filter(|w| !w.fenced).count() as u64);
        assert_eq!(statistics.requests, requests);
        statistics
    }
}

pub(super) async fn statistics_are_a_recount(hub: Hub) {
    let nothing = hub.recount(at(0), 0).await;
    assert_eq!((nothing.by_status, nothing.ready, nothing.oldest_ready), (vec![], 0, None));
    let population = Population::grow(&hub, &mut Rng::new(6), 200).await;
    for now in [Timestamp::MIN, at(-3), at(0), at(5), at(100), Timestamp::MAX] {
        hub.recount(now, 0).await;
    }
    let finished = population.all.iter().filter(|r| r.status.is_finished()).map(|r| (r.key, r.execution));
    let finished: Vec<_> = finished.collect();
    assert_eq!(hub.store.purge(finished.clone()).await, Ok(finished.len() as u64));
    let statistics = hub.recount(at(100), 0).await;
    assert_eq!(statistics.instances(), (population.all.len() - finished.len()) as u64);
    hub.store.release_worker(population.lease, at(50)).await.expect("a worker can leave");
    assert_eq!(hub.recount(at(100), 0).await.workers, 0);
}

pub(super) async fn statistics_follow_what_happens(hub: Hub) {
    let lease = hub.worker("w").await;
    let later = NewInstance { start_at: Some(at(50)), ..instance("later") };
    hub.applied(commit(Subject::New(later)).request("r1", "start")).await;
    hub.applied(new("a", None).at(at(3)).request("r2", "start")).await;
    hub.commit(new("b", None).request("r2", "start")).await;
    hub.applied(raise("a", message(1)).request("r3", "raise")).await;
    let seen = hub.recount(at(3), 3).await;
    assert_eq!((seen.ready, seen.oldest_ready, seen.inbox), (1, Some(at(3)), 1));
    assert_eq!(hub.recount(at(2), 3).await.ready, 0);
    assert_eq!(hub.recount(at(60), 3).await.ready, 2);
    let claimed = hub.claim(lease, at(3)).await;
    let (key, inbox) = (claimed[0].record.key, claimed[0].inbox.clone());
    assert_eq!(hub.recount(at(3), 3).await.ready, 0);
    hub.applied(owned(lease, key).turn(0, turn(0, 2)).consume(&inbox).update(asleep(Some(at(9))))).await;
    assert_eq!(hub.recount(at(9), 3).await.oldest_ready, Some(at(9)));
    hub.applied(raise("a", message(2)).at(at(5))).await;
    assert_eq!(hub.recount(at(9), 3).await.oldest_ready, Some(at(5)));
    hub.claim(lease, at(9)).await;
    hub.applied(owned(lease, key).turn(0, turn(2, 1)).update(finished())).await;
    assert_eq!(hub.recount(at(9), 3).await.inbox, 0);
    hub.applied(revive("a", StatusSet::FINISHED, message(3)).at(at(10))).await;
    assert_eq!(hub.recount(at(10), 3).await.count(Status::Running), 1);
    hub.claim(lease, at(10)).await;
    hub.applied(owned(lease, key).update(finished())).await;
    assert_eq!(hub.store.purge(vec![(key, ExecutionId(0))]).await, Ok(1));
    assert_eq!(hub.recount(at(10), 3).await.instances(), 1);
    assert_eq!(hub.store.forget_requests(at(1), 1).await, Ok(1));
    hub.recount(at(10), 2).await;
    // A worker that was found dead no longer counts.
    let next = hub.worker_offering("next", vec![offer("f")], at(1_000)).await;
    hub.applied(new("c", Some(lease)).turn(0, turn(0, 1))).await;
    hub.store.fence_dead_workers(next, at(1_000)).await.expect("the dead can be fenced");
    assert_eq!(hub.recount(at(10), 2).await.workers, 1);
}
