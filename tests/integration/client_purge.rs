//! Purging: one instance, and all that a filter leaves in.

use std::time::{Duration, SystemTime};

use durable::limits::PURGE_BATCH;
use durable::prelude::*;
use durable::{ClientError, StatusSet};

use crate::common::{Hub, on_each_store};

on_each_store!(
    a_purged_instance_is_gone_with_all_that_was_kept_of_it,
    an_instance_that_has_not_ended_is_not_purged,
    a_purge_by_filter_leaves_the_others,
    a_purge_by_filter_goes_in_batches_while_others_run,
    a_purge_of_nothing_that_has_ended_is_refused,
    a_purge_may_have_a_limit,
);

#[orchestrator]
async fn ends_as(ctx: &OrchestrationContext, end: &str) -> Result<String> {
    match end {
        "failed" => Err(durable::Error::msg("failed")),
        "waits" => Ok(ctx.event::<String>("end").await),
        end => Ok(end.to_owned()),
    }
}

async fn worker(hub: &Hub) -> Worker {
    hub.worker().register(ends_as::definition()).start().await.unwrap()
}

async fn a_purged_instance_is_gone_with_all_that_was_kept_of_it(hub: Hub) {
    let worker = worker(&hub).await;
    for client in [worker.client(), hub.client()] {
        let run = client.start(ends_as("x").instance_id("gone").tag("shard", "1")).await.unwrap();
        run.result().await.unwrap();
        let key = hub.record("gone").await.key;
        client.instance("gone").purge().await.unwrap();
        let again = client.instance("gone").purge().await.unwrap_err();
        assert!(matches!(again, ClientError::NotFound(_)), "{again:?}");
        assert!(matches!(run.status().await, Err(ClientError::NotFound(_))));
        assert!(matches!(run.history().await, Err(ClientError::NotFound(_))));
        assert!(hub.store().history(key, durable::ExecutionId(0)).await.unwrap().is_empty());
        assert_eq!(client.query().tag("shard", "1").count().await.unwrap().total(), 0);
        // The id is free, and what had it does not come back.
        let new = client.start(ends_as("y").instance_id("gone")).await.unwrap();
        assert_eq!(new.result().await.unwrap(), "y");
        assert_eq!(new.status().await.unwrap().execution.0, 0);
        assert_ne!(hub.record("gone").await.key, key, "its number is not used again");
    }
    assert!(matches!(hub.client().instance("a#b").purge().await, Err(ClientError::InvalidId(_))));
    worker.shutdown().await.unwrap();
}

async fn an_instance_that_has_not_ended_is_not_purged(hub: Hub) {
    let worker = worker(&hub).await;
    let held = |status: Status| format!("{status}");
    let client = worker.client();
    client.start(ends_as("waits").instance_id(held(Status::Running))).await.unwrap();
    let suspended = client.start(ends_as("waits").instance_id(held(Status::Suspended))).await.unwrap();
    suspended.instance().suspend("hold").await.unwrap();
    let later = ends_as("x").start_after(Duration::from_secs(3600));
    client.start(later.instance_id(held(Status::Pending))).await.unwrap();
    client.start(ends_as("x").version("unheard of").instance_id(held(Status::Parked))).await.unwrap();
    for status in StatusSet::UNFINISHED.iter() {
        let id = held(status);
        hub.until(&id, |r| r.status == status).await;
        for client in [worker.client(), hub.client()] {
            let error = client.instance(&id).purge().await.unwrap_err();
            assert_eq!(error, ClientError::NotFinished { id: id.parse().unwrap(), status });
            assert!(error.to_string().contains("terminate it first"), "{error}");
        }
        assert_eq!(hub.record(&id).await.status, status);
        hub.client().instance(&id).terminate("enough").await.unwrap();
        hub.client().instance(&id).finished().await.unwrap();
        hub.client().instance(&id).purge().await.unwrap();
    }
    assert_eq!(crate::common::check::instances(&*hub.store()).await, []);
    worker.shutdown().await.unwrap();
}

async fn a_purge_by_filter_leaves_the_others(hub: Hub) {
    let worker = worker(&hub).await;
    let client = worker.client();
    for n in 0..4 {
        for end in ["x", "failed", "waits"] {
            let start = ends_as(end).instance_id(format!("{end}-{n}")).tag("shard", (n % 2).to_string());
            client.start(start).await.unwrap();
        }
    }
    for n in 0..4 {
        client.instance(format!("x-{n}")).finished().await.unwrap();
        client.instance(format!("failed-{n}")).finished().await.unwrap();
    }
    let purged = async |query: durable::Query| query.purge().await.unwrap().purged;
    let total = async || client.query().count().await.unwrap().total();
    assert_eq!(purged(client.query().status(Status::Failed).tag("shard", "0")).await, 2);
    assert_eq!(purged(client.query().status(Status::Failed).tag("shard", "0")).await, 0);
    assert_eq!(total().await, 10);
    let now = SystemTime::now().into();
    assert_eq!(purged(client.query().created_after(now)).await, 0);
    assert_eq!(purged(client.query().id_prefix("x-").updated_before(now)).await, 4);
    // What has not ended is left alone, whatever the filter says.
    assert_eq!(purged(client.query()).await, 2);
    let left = client.query().count().await.unwrap();
    assert_eq!((left.total(), left.of(Status::Running)), (4, 4));
    for n in 0..4 {
        client.instance(format!("waits-{n}")).raise("end", "y").await.unwrap();
        client.instance(format!("waits-{n}")).finished().await.unwrap();
    }
    worker.shutdown().await.unwrap();
}

async fn a_purge_by_filter_goes_in_batches_while_others_run(hub: Hub) {
    let worker = worker(&hub).await;
    let client = worker.client();
    let count = PURGE_BATCH * 2 + 10;
    let mut runs = Vec::new();
    for _ in 0..count {
        runs.push(client.start(ends_as("x").tag("old", "yes")).await.unwrap());
    }
    for run in &runs {
        run.result().await.unwrap();
    }
    let beside = tokio::spawn({
        let client = client.clone();
        async move {
            for n in 0..30 {
                let run = client.start(ends_as("waits").instance_id(format!("beside-{n}"))).await.unwrap();
                run.instance().raise("end", "y").await.unwrap();
                assert_eq!(run.result().await.unwrap(), "y");
            }
        }
    });
    let report = hub.client().query().tag("old", "yes").purge().await.unwrap();
    assert_eq!((report.purged, report.batches), (count as u64, 3));
    beside.await.unwrap();
    assert_eq!(client.query().count().await.unwrap().total(), 30);
    worker.shutdown().await.unwrap();
}

async fn a_purge_of_nothing_that_has_ended_is_refused(hub: Hub) {
    let client = hub.client();
    for statuses in [&[][..], &[Status::Running], &[Status::Pending, Status::Parked, Status::Suspended]] {
        let error = client.query().statuses(statuses.iter().copied()).purge().await.unwrap_err();
        assert_eq!(error, ClientError::NothingToPurge, "{statuses:?}");
    }
    let mixed = client.query().statuses([Status::Running, Status::Failed]).purge().await.unwrap();
    assert_eq!((mixed.purged, mixed.batches), (0, 0));
    assert!(matches!(client.query().tag("", "").purge().await, Err(ClientError::InvalidTag(_))));
}

async fn a_purge_may_have_a_limit(hub: Hub) {
    let worker = worker(&hub).await;
    for n in 0..10 {
        worker.client().start(ends_as("x").instance_id(format!("x{n}"))).await.unwrap().result().await.unwrap();
    }
    let client = hub.client();
    assert_eq!(client.query().purge().at_most(0).await.unwrap().purged, 0);
    assert_eq!(client.query().purge().at_most(3).await.unwrap().purged, 3);
    let left = client.query().oldest_first().page().await.unwrap();
    assert_eq!((left.instances.len(), left.instances[0].id.as_str()), (7, "x3"), "the oldest went");
    assert_eq!(client.query().purge().at_most(30).await.unwrap().purged, 7);
    worker.shutdown().await.unwrap();
}
