//! The end of a store, and of callers.

use std::future::poll_fn;
use std::task::Poll;

use durable_core::store::{InstanceFilter, StoreError};
use durable_core::{ExecutionId, InstanceKey};

use super::fixture::{CommitExt, Hub, at, id, new, owned, turn};

pub(super) async fn a_closed_store_says_so(hub: Hub) {
    hub.applied(new("a", None)).await;
    hub.store.close().await.expect("a store can be closed");
    assert_eq!(hub.store.commit(vec![new("b", None)]).await, Err(StoreError::Closed));
    assert_eq!(hub.store.instance(id("a")).await, Err(StoreError::Closed));
    assert_eq!(hub.store.history(InstanceKey(1), ExecutionId(0)).await, Err(StoreError::Closed));
    assert_eq!(hub.store.change_mark().await, Err(StoreError::Closed));
    assert_eq!(hub.store.count(InstanceFilter::default()).await, Err(StoreError::Closed));
    assert_eq!(hub.store.purge(vec![(InstanceKey(1), ExecutionId(0))]).await, Err(StoreError::Closed));
    assert_eq!(hub.store.forget_requests(at(9), 10).await, Err(StoreError::Closed));
    assert_eq!(hub.store.statistics(at(9)).await, Err(StoreError::Closed));
    assert_eq!(hub.store.executions(InstanceKey(1)).await, Err(StoreError::Closed));
}

/// A commit whose caller goes away is applied wholly or not at all, and harms no later one.
pub(super) async fn a_dropped_commit_leaves_the_store_working(hub: Hub) {
    const EACH: u64 = 4;
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let mut end = 1;
    for polls in 0..12 {
        let mut batch = vec![owned(lease, key).turn(0, turn(end, EACH))];
        batch.extend((0..50).map(|n| new(&format!("dropped-{polls}-{n}"), None)));
        let mut dropped = hub.store.commit(batch);
        for _ in 0..polls {
            let done = poll_fn(|cx| Poll::Ready(dropped.as_mut().poll(cx).is_ready())).await;
            if done {
                break;
            }
            std::thread::sleep(std::time::Duration::from_micros(200));
        }
        drop(dropped);
        // The next write comes through, and finds all of it or nothing.
        hub.applied(new(&format!("next-{polls}"), None)).await;
        let turns = hub.turns(key, 0).await;
        let applied = turns.contains(&end);
        let last = hub.store.instance(id(&format!("dropped-{polls}-49"))).await.expect("an instance can be read");
        assert_eq!(last.is_some(), applied, "a commit was applied in part");
        end += if applied { EACH } else { 0 };
        hub.applied(owned(lease, key).turn(0, turn(end, 1))).await;
        end += 1;
    }
}
