//! Waiting: for a start, for an end, at most so long.

use std::time::{Duration, Instant};

use durable::prelude::*;
use durable::{ClientError, EventSeq};

use crate::common::{Hub, on_each_store};

on_each_store!(
    who_waits_for_the_start_is_told,
    who_waits_for_the_end_is_told_how_it_ended,
    a_wait_has_a_limit,
    who_waits_for_what_is_purged_is_told,
    who_waits_through_continue_as_new_is_told_the_last_end,
    many_wait_for_many,
);

#[orchestrator]
async fn ends_as(ctx: &OrchestrationContext) -> Result<u32> {
    match ctx.event::<u32>("end").await {
        0 => Err(durable::Error::msg("zero")),
        n => Ok(n),
    }
}

#[orchestrator]
async fn counts_down(ctx: &OrchestrationContext, n: u32) -> Result<u32> {
    ctx.event::<()>("go").await;
    if n == 0 { Ok(7) } else { ctx.continue_as_new(counts_down(n - 1)).await }
}

async fn worker(hub: &Hub) -> Worker {
    hub.worker().register(ends_as::definition()).register(counts_down::definition()).start().await.unwrap()
}

async fn who_waits_for_the_start_is_told(hub: Hub) {
    let run = hub.client().start(ends_as().instance_id("soon")).await.unwrap();
    let elsewhere = Client::new(hub.elsewhere().await);
    let mut waiting = tokio::task::JoinSet::new();
    for client in [hub.client(), elsewhere, hub.client()] {
        waiting.spawn(async move { client.instance("soon").started().await.unwrap().status });
    }
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(run.status().await.unwrap().status, Status::Pending);
    let worker = worker(&hub).await;
    assert_eq!(waiting.join_all().await, [Status::Running; 3]);
    // And at once if it has begun, or ended.
    assert_eq!(worker.client().instance("soon").started().await.unwrap().status, Status::Running);
    run.instance().raise("end", &1).await.unwrap();
    run.result().await.unwrap();
    assert_eq!(run.instance().started().await.unwrap().status, Status::Completed);
    let nobody = hub.client().instance("nobody").started().await.unwrap_err();
    assert!(matches!(nobody, ClientError::NotFound(_)), "{nobody:?}");
    worker.shutdown().await.unwrap();
}

async fn who_waits_for_the_end_is_told_how_it_ended(hub: Hub) {
    let worker = worker(&hub).await;
    for (end, status) in [(Some(7), Status::Completed), (Some(0), Status::Failed), (None, Status::Terminated)] {
        let run = worker.client().start(ends_as()).await.unwrap();
        let id = run.id().clone();
        let mut waiting = tokio::task::JoinSet::new();
        for client in [worker.client(), hub.client(), Client::new(hub.elsewhere().await)] {
            let id = id.clone();
            waiting.spawn(async move { client.instance(id).finished().await.unwrap() });
        }
        match end {
            Some(n) => run.instance().raise("end", &n).await.unwrap(),
            None => run.instance().terminate("enough").await.unwrap(),
        }
        for told in waiting.join_all().await {
            assert_eq!((&told.id, told.status), (&id, status));
            assert_eq!(told.result.unwrap().is_ok(), status == Status::Completed);
        }
    }
    worker.shutdown().await.unwrap();
}

async fn a_wait_has_a_limit(hub: Hub) {
    const LIMIT: Duration = Duration::from_millis(80);
    let worker = worker(&hub).await;
    let run = worker.client().start(ends_as()).await.unwrap();
    for client in [worker.client(), hub.client()] {
        let before = Instant::now();
        let error = client.instance(run.id()).finished_within(LIMIT).await.unwrap_err();
        assert_eq!(error, ClientError::NotFinishedInTime { id: run.id().clone(), waited: LIMIT });
        assert!(before.elapsed() >= LIMIT);
    }
    run.instance().raise("end", &7).await.unwrap();
    let end = run.instance().finished_within(Duration::from_secs(30)).await.unwrap();
    assert_eq!(end.result.unwrap().unwrap().as_str(), "7");
    let error = hub.client().instance("nobody").finished_within(LIMIT).await.unwrap_err();
    assert!(matches!(error, ClientError::NotFound(_)), "{error:?}");
    worker.shutdown().await.unwrap();
}

async fn who_waits_for_what_is_purged_is_told(hub: Hub) {
    let worker = worker(&hub).await;
    let run = worker.client().start(ends_as()).await.unwrap();
    run.instance().raise("end", &1).await.unwrap();
    run.instance().finished().await.unwrap();
    let late = hub.client().instance(run.id());
    run.instance().purge().await.unwrap();
    assert!(matches!(late.finished().await, Err(ClientError::NotFound(_))));
    assert!(matches!(late.fork(EventSeq(1)).await, Err(ClientError::NotFound(_))));
    worker.shutdown().await.unwrap();
}

async fn who_waits_through_continue_as_new_is_told_the_last_end(hub: Hub) {
    let worker = worker(&hub).await;
    let run = worker.client().start(counts_down(3)).await.unwrap();
    let waiting = tokio::spawn({
        let instance = hub.client().instance(run.id());
        async move { instance.finished().await.unwrap() }
    });
    for _ in 0..4 {
        run.instance().raise("go", &()).await.unwrap();
    }
    let end = waiting.await.unwrap();
    assert_eq!((end.execution.0, end.result.unwrap().unwrap().as_str()), (3, "7"));
    assert_eq!(end.input.unwrap().as_str(), "[0]");
    assert_eq!(run.instance().executions().await.unwrap(), [durable::ExecutionId(3)]);
    worker.shutdown().await.unwrap();
}

async fn many_wait_for_many(hub: Hub) {
    let worker = worker(&hub).await;
    let mut waiting = tokio::task::JoinSet::new();
    for n in 0..60_u32 {
        let run = worker.client().start(ends_as().instance_id(format!("w{n}"))).await.unwrap();
        let client = if n % 2 == 0 { worker.client() } else { hub.client() };
        let handle = client.instance(run.id());
        waiting.spawn(async move { handle.finished().await.unwrap().result.unwrap().unwrap().to_string() });
    }
    for n in 0..60_u32 {
        hub.client().instance(format!("w{n}")).raise("end", &(n + 1)).await.unwrap();
    }
    let mut ends: Vec<u32> = waiting.join_all().await.iter().map(|end| end.parse().unwrap()).collect();
    ends.sort_unstable();
    assert_eq!(ends, (1..=60).collect::<Vec<_>>());
    worker.shutdown().await.unwrap();
}
