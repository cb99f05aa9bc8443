//! Many at once: thousands of operations in one join, none lost, none twice.

use durable::history::Event;
use durable::prelude::*;

use crate::common::{Hub, on_each_store};

on_each_store!(
    a_join_of_1024_children,
    a_join_of_10_000_children,
    a_join_of_10_000_activities,
    ten_thousand_waits_for_one_event_each,
);

#[activity]
async fn double(n: u64) -> Result<u64> {
    Ok(n * 2)
}

#[orchestrator]
async fn leaf(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    assert!(ctx.parent().is_some());
    Ok(n * 2)
}

#[orchestrator]
async fn many_children(ctx: &OrchestrationContext, count: u64) -> Result<Vec<u64>> {
    Ok(durable::try_join_all((0..count).map(|n| ctx.call(leaf(n)))).await?)
}

async fn join_children(hub: &Hub, count: u64, double_run: bool) {
    let worker = hub.worker().register(leaf::definition()).register(many_children::definition());
    let worker = worker.double_run(double_run).start().await.unwrap();
    let run = worker.client().start(many_children(count)).await.unwrap();
    assert_eq!(run.result().await.unwrap(), (0..count).map(|n| n * 2).collect::<Vec<_>>(), "in the order of the input");
    let history = run.history().await.unwrap();
    let heard = history.events().filter(|e| matches!(e.event, Event::SubOrchestrationCompleted { .. })).count();
    assert_eq!(heard as u64, count);
    worker.shutdown().await.unwrap();
    assert_eq!(crate::common::check::instances(&*hub.store()).await.len() as u64, count + 1);
    crate::common::check::check_all_completed(&*hub.store()).await;
}

async fn a_join_of_1024_children(hub: Hub) {
    join_children(&hub, 1_024, true).await;
}

async fn a_join_of_10_000_children(hub: Hub) {
    // To repeat each turn of so wide an orchestration is work for nothing; replay.rs shows it.
    join_children(&hub, 10_000, false).await;
}

#[orchestrator]
async fn many_activities(ctx: &OrchestrationContext, count: u64) -> Result<u64> {
    Ok(durable::try_join_all((0..count).map(|n| ctx.call(double(n)))).await?.iter().sum())
}

async fn a_join_of_10_000_activities(hub: Hub) {
    let worker = hub.worker().register(double::definition()).register(many_activities::definition());
    let worker = worker.double_run(false).start().await.unwrap();
    let sum = worker.client().start(many_activities(10_000)).await.unwrap().result().await.unwrap();
    assert_eq!(sum, (0..10_000).map(|n| n * 2).sum::<u64>());
    worker.shutdown().await.unwrap();
}

/// All waits are for the same name: the n-th gets the n-th event.
#[orchestrator]
async fn many_waits(ctx: &OrchestrationContext, count: u64) -> Result<bool> {
    let taken = durable::join_all((0..count).map(|_| ctx.event::<u64>("go"))).await;
    Ok(taken.into_iter().eq(0..count))
}

#[orchestrator]
async fn sender(ctx: &OrchestrationContext, to: &str, count: u64) -> Result<()> {
    for n in 0..count {
        ctx.send_event(to, "go", &n)?;
    }
    Ok(())
}

async fn ten_thousand_waits_for_one_event_each(hub: Hub) {
    const WAITS: u64 = 10_000;
    let worker = hub.worker().register(many_waits::definition()).register(sender::definition());
    let worker = worker.double_run(false).start().await.unwrap();
    let client = worker.client();
    let run = client.start(many_waits(WAITS).instance_id("waits")).await.unwrap();
    client.start(sender("waits", WAITS)).await.unwrap().result().await.unwrap();
    assert!(run.result().await.unwrap(), "each in its place");
    worker.shutdown().await.unwrap();
    crate::common::check::check_all_completed(&*hub.store()).await;
}
