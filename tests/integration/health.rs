//! How a worker is, what it cleans up, what it reports.

use std::time::Duration;

use durable::WorkerBuilder;
use durable::prelude::*;
use durable::store::{Status, StatusSet};
use durable::worker::AutoPurge;

use crate::common::{Hub, Probe, eventually, on_each_store};

on_each_store!(
    health_tells_what_runs_and_what_was_done,
    a_turn_that_does_not_end_is_reported,
    old_instances_are_purged_by_status,
    a_history_that_grows_without_end_fails_that_instance_alone,
);

#[activity(needs(Probe))]
async fn wait_for(ctx: &ActivityContext, note: &str) -> Result<()> {
    ctx.data::<Probe>().note("began");
    ctx.data::<Probe>().seen(note).await;
    Ok(())
}

#[orchestrator]
async fn waits(ctx: &OrchestrationContext) -> Result<()> {
    Ok(ctx.call(wait_for("go")).await?)
}

#[orchestrator]
async fn works_itself(_ctx: &OrchestrationContext) -> Result<()> {
    durable::trust!("what is tested", std::thread::sleep(Duration::from_secs(5)));
    Ok(())
}

#[orchestrator]
async fn ends(_ctx: &OrchestrationContext, well: bool) -> Result<()> {
    if well { Ok(()) } else { Err(durable::Error::msg("badly")) }
}

#[orchestrator]
async fn for_ever(ctx: &OrchestrationContext) -> Result<()> {
    loop {
        ctx.timer(Duration::ZERO).await;
    }
}

fn worker(hub: &Hub, probe: &Probe) -> WorkerBuilder {
    let definitions = [
        wait_for::definition(),
        waits::definition(),
        works_itself::definition(),
        ends::definition(),
        for_ever::definition(),
    ];
    definitions.into_iter().fold(hub.worker().data(probe.clone()), |w, d| w.register(d))
}

async fn health_tells_what_runs_and_what_was_done(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).start().await.unwrap();
    let client = worker.client();
    let run = client.start(waits()).await.unwrap();
    probe.seen("began").await;
    let busy = eventually(async || Some(worker.health()).filter(|h| h.activities_running == 1)).await;
    assert!(busy.is_healthy() && !busy.stopping);
    assert_eq!((busy.instances, busy.activities_waiting, busy.counters.started), (1, 0, 1));
    probe.note("go");
    run.result().await.unwrap();
    let idle = eventually(async || Some(worker.health()).filter(|h| h.instances == 0)).await;
    let done = idle.counters;
    assert_eq!((done.completed, done.failed, done.activities_completed, done.turns), (1, 0, 1, 2));
}

async fn a_turn_that_does_not_end_is_reported(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).double_run(false).start().await.unwrap();
    let client = worker.client();
    let run = client.start(works_itself().instance_id("busy"));
    let seen = eventually(async || worker.health().long_turn);
    let (run, (instance, so_far)) = tokio::join!(run, seen);
    assert_eq!(instance.as_str(), "busy");
    assert!(so_far >= Duration::from_secs(2));
    run.unwrap().result().await.unwrap();
    eventually(async || worker.health().is_healthy().then_some(())).await;
}

async fn old_instances_are_purged_by_status(hub: Hub) {
    let rule = AutoPurge::older_than(Duration::ZERO).statuses(StatusSet::of(&[Status::Completed]));
    let worker = worker(&hub, &Probe::default())
        .auto_purge(rule)
        .auto_purge_interval(Duration::from_millis(20))
        .start()
        .await
        .unwrap();
    let client = worker.client();
    for n in 0..10 {
        client.start(ends(true).instance_id(format!("well-{n}"))).await.unwrap().result().await.unwrap();
    }
    client.start(ends(false).instance_id("badly")).await.unwrap().result().await.unwrap_err();
    eventually(async || {
        let counts = hub.store().count(durable::store::InstanceFilter::default()).await.unwrap();
        (counts == [(Status::Failed, 1)]).then_some(())
    })
    .await;
}

async fn a_history_that_grows_without_end_fails_that_instance_alone(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).max_history_events(50).start().await.unwrap();
    let client = worker.client();
    let endless = client.start(for_ever().instance_id("endless")).await.unwrap();
    let failure = endless.result().await.unwrap_err().to_string();
    assert!(failure.contains("the limit") && failure.contains("continue_as_new"), "{failure}");
    client.start(ends(true)).await.unwrap().result().await.unwrap();
}
