//! What an orchestrator sees is the same when it is replayed: after an eviction, in another
//! worker, in the double run.

use durable::ExecutionId;
use durable::prelude::*;

use crate::common::{Hub, Probe, on_each_store};

on_each_store!(
    now_uuids_and_random_values_survive_an_eviction,
    they_survive_a_change_of_worker,
    the_execution_id_is_the_same_after_a_replay,
    one_session_is_enough_for_instances_that_wait_for_each_other,
    now_never_decreases,
);

#[activity(needs(Probe))]
async fn tell(ctx: &ActivityContext, when: &str, what: &str) -> Result<()> {
    ctx.data::<Probe>().note(format!("{when} {what}"));
    Ok(())
}

#[activity(needs(Probe))]
async fn wait_for(ctx: &ActivityContext, note: &str) -> Result<()> {
    ctx.data::<Probe>().note(format!("waits for {note}"));
    ctx.data::<Probe>().seen(note).await;
    Ok(())
}

/// Draws values, tells them, lets itself be evicted, and tells them again.
#[orchestrator]
async fn draw(ctx: &OrchestrationContext, gate: &str) -> Result<(String, String)> {
    let draw = || {
        format!(
            "{} {} {} {} {:?}",
            ctx.new_uuid(),
            ctx.random::<u64>(),
            ctx.random::<f64>(),
            ctx.random::<bool>(),
            ctx.now()
        )
    };
    let first = draw();
    ctx.call(tell("first", &first)).await?;
    ctx.call(wait_for(gate)).await?;
    let second = draw();
    ctx.call(tell("second", &format!("{first} / {second}"))).await?;
    Ok((first, second))
}

async fn worker(hub: &Hub, probe: &Probe, sessions: usize) -> Worker {
    let worker = hub.worker().data(probe.clone()).max_sessions(sessions);
    let definitions =
        [tell::definition(), wait_for::definition(), draw::definition(), executions::definition(), times::definition()];
    definitions.into_iter().fold(worker, |w, d| w.register(d)).start().await.unwrap()
}

async fn now_uuids_and_random_values_survive_an_eviction(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe, 1).await;
    let mut runs = Vec::new();
    for n in 0..10 {
        // Each start makes the one before it leave.
        runs.push(worker.client().start(draw(&format!("gate {n}"))).await.unwrap());
        probe.seen(&format!("waits for gate {n}")).await;
    }
    (0..10).rev().for_each(|n| probe.note(format!("gate {n}")));
    let mut all = std::collections::BTreeSet::new();
    for run in runs {
        let (first, second) = run.result().await.unwrap();
        assert_eq!(probe.count(&format!("first {first}")), 1);
        assert_eq!(probe.count(&format!("second {first} / {second}")), 1, "{:?}", probe.notes());
        all.extend([first, second]);
    }
    assert_eq!(all.len(), 20, "every draw is another");
    worker.shutdown().await.unwrap();
}

async fn they_survive_a_change_of_worker(hub: Hub) {
    let probe = Probe::default();
    let one = worker(&hub, &probe, 100).await;
    let run = one.client().start(draw("gate")).await.unwrap();
    probe.seen("waits for gate").await;
    one.shutdown_within(std::time::Duration::ZERO).await.unwrap();
    let two = worker(&hub, &probe, 100).await;
    probe.note("gate");
    let (first, second) = run.result().await.unwrap();
    assert_eq!(probe.count(&format!("first {first}")), 1);
    assert_eq!(probe.count(&format!("second {first} / {second}")), 1, "{:?}", probe.notes());
    two.shutdown().await.unwrap();
}

#[orchestrator]
async fn executions(ctx: &OrchestrationContext, gate: &str) -> Result<(ExecutionId, ExecutionId)> {
    let before = ctx.execution_id();
    ctx.call(tell("execution", &before.to_string())).await?;
    ctx.call(wait_for(gate)).await?;
    Ok((before, ctx.execution_id()))
}

/// The same id, used again: the second execution is number 1, in its first session as in those
/// that are rebuilt from its history.
async fn the_execution_id_is_the_same_after_a_replay(hub: Hub) {
    let probe = Probe::default();
    let one = worker(&hub, &probe, 100).await;
    probe.note("gate 0");
    let first = one.client().start(executions("gate 0").instance_id("twice")).await.unwrap();
    assert_eq!(first.result().await.unwrap(), (ExecutionId(0), ExecutionId(0)));
    let second = one.client().start(executions("gate 1").instance_id("twice")).await.unwrap();
    probe.seen("waits for gate 1").await;
    assert_eq!(second.status().await.unwrap().execution, ExecutionId(1));
    one.shutdown_within(std::time::Duration::ZERO).await.unwrap();

    let two = worker(&hub, &probe, 100).await;
    probe.note("gate 1");
    let record = hub.until("twice", |r| r.status.is_finished() || r.status == Status::Parked).await;
    assert_eq!(record.parked_reason, None);
    assert_eq!(second.result().await.unwrap(), (ExecutionId(1), ExecutionId(1)));
    two.shutdown().await.unwrap();
}

/// With room for one live future, an instance that waits must make room for one that could run.
async fn one_session_is_enough_for_instances_that_wait_for_each_other(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe, 1).await;
    // "second …" of the later one is what nobody waits for; the gates are opened by the others.
    let a = hub.client().start(draw("waits for b")).await.unwrap();
    probe.seen("waits for waits for b").await;
    // This one comes through the store while the only session is taken by one that waits.
    let b = hub.client().start(draw("b")).await.unwrap();
    probe.seen("waits for b").await;
    a.result().await.unwrap();
    probe.note("b");
    b.result().await.unwrap();
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn times(ctx: &OrchestrationContext) -> Result<Vec<i64>> {
    let mut times = Vec::new();
    for _ in 0..20 {
        times.push(ctx.now().unix_micros());
        ctx.call(tell("at", "some time")).await?;
        times.push(ctx.now().unix_micros());
        assert_eq!(times.last(), Some(&ctx.now().unix_micros()), "it does not move within a turn");
    }
    Ok(times)
}

async fn now_never_decreases(hub: Hub) {
    let worker = worker(&hub, &Probe::default(), 1).await;
    let times = worker.client().start(times()).await.unwrap().result().await.unwrap();
    assert!(times.is_sorted(), "{times:?}");
    worker.shutdown().await.unwrap();
}
