//! Purge: nothing is left of an instance, and nothing else is touched (I19).

use durable_core::store::{CommitOutcome, InstanceFilter, Status, StatusSet};
use durable_core::{ExecutionId, InstanceKey};

use super::fixture::{
    CommitExt, Hub, at, ended, finished, id, message, new, owned, raise, revive, tags, to, to_execution, turn,
};

pub(super) async fn only_the_finished_are_purged(hub: Hub) {
    let lease = hub.worker("w").await;
    let mut all = Vec::new();
    for status in Status::ALL {
        all.push((hub.make(status.as_str(), status, lease).await, ExecutionId(0)));
        let name = format!("{status}-stays");
        hub.make(&name, status, lease).await;
    }
    // One that has finished and was made ready again is not finished.
    let revived = hub.make("revived", Status::Failed, lease).await;
    hub.applied(revive("revived", StatusSet::FINISHED, message(1))).await;
    all.push((revived, ExecutionId(0)));
    let before = hub.store.instances(InstanceKey(0), 100).await.expect("instances can be listed");
    assert_eq!(hub.store.purge(all).await, Ok(3));
    let after = hub.store.instances(InstanceKey(0), 100).await.expect("instances can be listed");
    let is_purged = |name: &str| ["Completed", "Failed", "Terminated"].contains(&name);
    assert!(after.iter().eq(before.iter().filter(|r| !is_purged(r.id.as_str()))));
    assert_eq!(hub.inbox_of("revived").await, [message(1)]);
    assert_eq!(hub.store.purge(vec![]).await, Ok(0));
}

pub(super) async fn only_the_named_execution_is_purged(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.make("a", Status::Completed, lease).await;
    hub.applied(new("a", Some(lease)).turn(1, turn(0, 1)).update(finished())).await;
    let before = hub.record("a").await;
    for (key, execution) in [(key, 0), (key, 2), (InstanceKey(987_654), 1), (InstanceKey(-1), 0)] {
        assert_eq!(hub.store.purge(vec![(key, ExecutionId(execution))]).await, Ok(0));
    }
    assert_eq!((hub.record("a").await, hub.turns(key, 1).await), (before, vec![0]));
    // Named twice it is purged once.
    let named = (key, ExecutionId(1));
    assert_eq!(hub.store.purge(vec![(key, ExecutionId(0)), named, named]).await, Ok(1));
    assert_eq!(hub.store.purge(vec![named]).await, Ok(0));
    assert_eq!(hub.store.instance(id("a")).await, Ok(None));
}

pub(super) async fn a_purge_leaves_nothing(hub: Hub) {
    let lease = hub.worker("w").await;
    let own = tags(&[("customer", "1"), ("region", "")]);
    for name in ["a", "b"] {
        // Three executions, of which two were kept.
        let key = hub.applied(new(name, Some(lease)).tagged(own.clone()).turn(0, turn(0, 2))).await;
        hub.applied(owned(lease, key).turn(0, turn(2, 1)).next("f", "", vec![message(1)]).keeping(vec![turn(0, 2)]))
            .await;
        hub.applied(owned(lease, key).next("f", "", vec![message(2)]).keeping(vec![turn(0, 2)])).await;
        hub.applied(raise(name, message(3))).await;
        hub.applied(owned(lease, key).turn(2, turn(2, 1)).update(ended(Status::Failed))).await;
    }
    let (a, b) = (hub.record("a").await.key, hub.record("b").await.key);
    assert_eq!(hub.store.purge(vec![(a, ExecutionId(2))]).await, Ok(1));
    assert_eq!(hub.store.instance(id("a")).await, Ok(None));
    assert_eq!(hub.store.statuses(vec![a, b]).await, Ok(vec![(b, ExecutionId(2), Status::Failed)]));
    for (key, executions) in [(a, vec![]), (b, vec![0, 1, 2])] {
        for execution in 0..4 {
            assert_eq!(hub.turns(key, execution).await.is_empty(), !executions.contains(&execution));
            let ends =
                (hub.store.first_turn(key, ExecutionId(execution)), hub.store.last_turn(key, ExecutionId(execution)));
            let is_there = Ok(executions.contains(&execution));
            assert_eq!(
                (ends.0.await.map(|t| t.is_some()), ends.1.await.map(|t| t.is_some())),
                (is_there.clone(), is_there)
            );
        }
        assert_eq!(hub.executions(key).await, executions);
    }
    assert!(hub.inbox().await.is_empty());
    for (name, value) in [("customer", "1"), ("region", "")] {
        let filter = InstanceFilter { tags: vec![(name.into(), value.into())], ..Default::default() };
        let found = hub.pages(&filter, false, 10).await;
        assert_eq!(found.iter().map(|r| r.key).collect::<Vec<_>>(), [b]);
        assert_eq!(hub.store.count(filter).await, Ok(vec![(Status::Failed, 1)]));
    }
    // Who writes to it finds nobody.
    assert_eq!(hub.commit(raise("a", message(4))).await, CommitOutcome::NotFound);
    assert_eq!(hub.commit(revive("a", StatusSet::ALL, message(4))).await, CommitOutcome::NotFound);
    assert_eq!(hub.commit(owned(lease, a).turn(2, turn(3, 1))).await, CommitOutcome::Fenced);
    let sender = hub.applied(new("s", Some(lease)).turn(0, turn(0, 1))).await;
    let send = owned(lease, sender).turn(0, turn(1, 1)).deliver(to("a", message(5)));
    hub.applied(send.deliver(to_execution("a", 2, message(6)))).await;
    assert!(hub.inbox().await.is_empty());
}

pub(super) async fn a_purged_id_is_free_and_its_key_is_not(hub: Hub) {
    let lease = hub.worker("w").await;
    let mut last = InstanceKey(i64::MIN);
    for _ in 0..5 {
        let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1)).update(finished())).await;
        assert!(key > last, "key {key} after {last}");
        assert_eq!(hub.record("a").await.execution, ExecutionId(0));
        assert_eq!(hub.store.purge(vec![(key, ExecutionId(0))]).await, Ok(1));
        last = key;
    }
    hub.applied(new("b", None).at(at(3))).await;
    assert!(hub.record("b").await.key > last);
}

pub(super) async fn a_thousand_at_once(hub: Hub) {
    const N: u64 = 1_000;
    let lease = hub.worker("w").await;
    let start = |n: u64| {
        let end = if n.is_multiple_of(10) { None } else { Some(finished()) };
        let start = new(&format!("i{n}"), Some(lease)).tagged(tags(&[("n", &n.to_string())])).turn(0, turn(0, 1));
        durable_core::store::Commit { update: end, ..start }
    };
    let outcomes = hub.batch((0..N).map(start).collect()).await;
    let all = outcomes.iter().filter_map(|o| match o {
        CommitOutcome::Applied { key, execution } => Some((*key, *execution)),
        _ => None,
    });
    assert_eq!(hub.store.purge(all.collect()).await, Ok(N - N / 10));
    let left = hub.store.instances(InstanceKey(0), 2_000).await.expect("instances can be listed");
    assert_eq!(
        left.iter().map(|r| r.id.to_string()).collect::<Vec<_>>(),
        (0..N / 10).map(|n| format!("i{}", n * 10)).collect::<Vec<_>>()
    );
    let turns: Vec<_> = left.iter().map(|r| owned(lease, r.key).turn(0, turn(1, 1))).collect();
    assert!(hub.batch(turns).await.iter().all(|o| matches!(o, CommitOutcome::Applied { .. })));
}
