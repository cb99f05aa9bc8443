//! Several operations at once: hot calls, joins, limits, cancellation of the losers.

use durable::history::Event;
use durable::prelude::*;
use durable::{join, join_all, try_join_all};

use crate::common::{Hub, Probe, on_each_store};

on_each_store!(
    calls_made_before_the_first_await_run_in_parallel,
    join_runs_its_branches_in_parallel,
    join_all_keeps_the_order_of_its_input,
    the_first_error_of_try_join_all_cancels_the_others,
    a_limit_is_used_and_never_exceeded,
    a_dropped_call_is_cancelled,
    a_call_that_is_dropped_at_once_never_runs,
    an_orchestrator_that_ends_cancels_what_it_did_not_await,
    a_worker_runs_no_more_activities_than_it_may,
    a_thousand_instances_at_once_all_complete,
    a_thousand_activities_of_one_instance_all_complete,
);

/// Says that it is there, and ends when the other is, too: alone it would wait for ever.
#[activity(needs(Probe))]
async fn meet(ctx: &ActivityContext, me: &str, other: &str) -> Result<String> {
    let probe = ctx.data::<Probe>();
    probe.note(me);
    probe.seen(other).await;
    Ok(format!("{me} met {other}"))
}

#[orchestrator]
async fn hot_calls(ctx: &OrchestrationContext) -> Result<(String, String)> {
    let a = ctx.call(meet("a", "b"));
    let b = ctx.call(meet("b", "a"));
    Ok((a.await?, b.await?))
}

async fn calls_made_before_the_first_await_run_in_parallel(hub: Hub) {
    let worker = hub.worker().data(Probe::default()).register(meet::definition()).register(hot_calls::definition());
    let worker = worker.start().await.unwrap();
    let result = worker.client().start(hot_calls()).await.unwrap().result().await.unwrap();
    assert_eq!(result, ("a met b".into(), "b met a".into()));
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn joined(ctx: &OrchestrationContext) -> Result<(String, u32, String)> {
    let two_steps = async {
        let first = ctx.call(meet("a", "b")).await?;
        ctx.call(meet("c", "d")).await.map(|second| format!("{first}, {second}"))
    };
    let (a, (), b, d) = join!(
        two_steps,
        ctx.timer(std::time::Duration::from_millis(1)),
        ctx.call(meet("b", "a")),
        ctx.call(meet("d", "c")),
    );
    Ok((a?, d?.len().try_into()?, b?))
}

async fn join_runs_its_branches_in_parallel(hub: Hub) {
    let worker = hub.worker().data(Probe::default()).register(meet::definition()).register(joined::definition());
    let worker = worker.start().await.unwrap();
    let result = worker.client().start(joined()).await.unwrap().result().await.unwrap();
    assert_eq!(result, ("a met b, c met d".into(), 7, "b met a".into()));
    worker.shutdown().await.unwrap();
}

/// Ends after the one with the next number has ended.
#[activity(needs(Probe))]
async fn after_the_next(ctx: &ActivityContext, n: u32, last: u32) -> Result<u32> {
    let probe = ctx.data::<Probe>();
    if n < last {
        probe.seen(&(n + 1).to_string()).await;
    }
    probe.note(n.to_string());
    Ok(n)
}

#[orchestrator]
async fn backwards(ctx: &OrchestrationContext) -> Result<Vec<u32>> {
    let all = join_all((0..20).map(|n| ctx.call(after_the_next(n, 19)))).await;
    Ok(all.into_iter().collect::<Result<_, _>>()?)
}

async fn join_all_keeps_the_order_of_its_input(hub: Hub) {
    let probe = Probe::default();
    let worker =
        hub.worker().data(probe.clone()).register(after_the_next::definition()).register(backwards::definition());
    let worker = worker.start().await.unwrap();
    let result = worker.client().start(backwards()).await.unwrap().result().await.unwrap();
    assert_eq!(result, (0..20).collect::<Vec<_>>());
    assert_eq!(probe.notes(), (0..20).rev().map(|n| n.to_string()).collect::<Vec<_>>());
    worker.shutdown().await.unwrap();
}

/// Number 3 fails once all others run; they wait until they are cancelled.
#[activity(needs(Probe))]
async fn one_fails(ctx: &ActivityContext, n: u32) -> Result<u32, String> {
    let probe = ctx.data::<Probe>();
    if n == 3 {
        probe.seen_times("waiting", 5).await;
        return Err("three failed".into());
    }
    probe.note("waiting");
    ctx.cancelled().await;
    probe.note("cancelled");
    Ok(n)
}

#[orchestrator]
async fn all_or_nothing(ctx: &OrchestrationContext) -> Result<Vec<u32>, String> {
    try_join_all((0..6).map(|n| ctx.call(one_fails(n)))).await.map_err(|e| e.to_string())
}

async fn the_first_error_of_try_join_all_cancels_the_others(hub: Hub) {
    let probe = Probe::default();
    let worker =
        hub.worker().data(probe.clone()).register(one_fails::definition()).register(all_or_nothing::definition());
    let worker = worker.start().await.unwrap();
    let run = worker.client().start(all_or_nothing()).await.unwrap();
    assert_eq!(run.result().await.unwrap_err().failed().unwrap(), "\"three failed\"");
    probe.seen_times("cancelled", 5).await;
    let history = run.history().await.unwrap();
    let cancelled = history.events().filter(|e| matches!(e.event, Event::TaskCanceled { .. })).count();
    assert_eq!(cancelled, 5, "\n{history}");
    worker.shutdown().await.unwrap();
}

/// The first `n` wait for each other.
#[activity(needs(Probe))]
async fn come_and_go(ctx: &ActivityContext, n: usize) -> Result<()> {
    let probe = ctx.data::<Probe>();
    probe.note("in");
    probe.seen_times("in", n).await;
    tokio::task::yield_now().await;
    probe.note("out");
    Ok(())
}

#[orchestrator]
async fn five_at_a_time(ctx: &OrchestrationContext) -> Result<usize> {
    Ok(try_join_all((0..40).map(|_| ctx.call(come_and_go(5)))).limit(5).await?.len())
}

async fn a_limit_is_used_and_never_exceeded(hub: Hub) {
    let probe = Probe::default();
    let worker =
        hub.worker().data(probe.clone()).register(come_and_go::definition()).register(five_at_a_time::definition());
    let worker = worker.start().await.unwrap();
    assert_eq!(worker.client().start(five_at_a_time()).await.unwrap().result().await.unwrap(), 40);
    assert_eq!(probe.most_at_once(), 5);
    worker.shutdown().await.unwrap();
}

#[activity(needs(Probe))]
async fn wait_for_the_end(ctx: &ActivityContext) -> Result<()> {
    let probe = ctx.data::<Probe>();
    probe.note("began");
    ctx.cancelled().await;
    probe.note("cancelled");
    Ok(())
}

#[activity(needs(Probe))]
async fn see(ctx: &ActivityContext, note: &str) -> Result<()> {
    ctx.data::<Probe>().seen(note).await;
    Ok(())
}

#[orchestrator]
async fn change_of_mind(ctx: &OrchestrationContext) -> Result<()> {
    let call = ctx.call(wait_for_the_end());
    ctx.call(see("began")).await?;
    drop(call);
    Ok(ctx.call(see("cancelled")).await?)
}

async fn a_dropped_call_is_cancelled(hub: Hub) {
    let definitions = [wait_for_the_end::definition(), see::definition(), change_of_mind::definition()];
    let worker = definitions.into_iter().fold(hub.worker().data(Probe::default()), |w, d| w.register(d));
    let worker = worker.start().await.unwrap();
    worker.client().start(change_of_mind()).await.unwrap().result().await.unwrap();
    worker.shutdown().await.unwrap();
}

#[activity(needs(Probe))]
async fn note(ctx: &ActivityContext, text: &str) -> Result<()> {
    ctx.data::<Probe>().note(text);
    Ok(())
}

#[orchestrator]
async fn never_mind(ctx: &OrchestrationContext) -> Result<()> {
    drop(ctx.call(note("dropped")));
    ctx.call(note("kept")).await?;
    Ok(())
}

async fn a_call_that_is_dropped_at_once_never_runs(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(note::definition()).register(never_mind::definition());
    let worker = worker.start().await.unwrap();
    let run = worker.client().start(never_mind()).await.unwrap();
    run.result().await.unwrap();
    let history = run.history().await.unwrap();
    assert!(history.events().any(|e| matches!(e.event, Event::TaskCanceled { .. })), "\n{history}");
    worker.shutdown().await.unwrap();
    assert_eq!(probe.notes(), ["kept"]);
}

#[orchestrator]
async fn leave_early(ctx: &OrchestrationContext) -> Result<()> {
    let _timer = ctx.timer(std::time::Duration::from_secs(3_600));
    let _call = ctx.call(wait_for_the_end());
    Ok(ctx.call(see("began")).await?)
}

async fn an_orchestrator_that_ends_cancels_what_it_did_not_await(hub: Hub) {
    let probe = Probe::default();
    let definitions = [wait_for_the_end::definition(), see::definition(), leave_early::definition()];
    let worker = definitions.into_iter().fold(hub.worker().data(probe.clone()), |w, d| w.register(d));
    let worker = worker.start().await.unwrap();
    let run = worker.client().start(leave_early()).await.unwrap();
    run.result().await.unwrap();
    probe.seen("cancelled").await;
    let history = run.history().await.unwrap();
    let has = |wanted: &str| history.events().any(|e| e.event.type_name() == wanted);
    assert!(has("TimerCanceled") && has("TaskCanceled"), "\n{history}");
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn all_at_once(ctx: &OrchestrationContext, count: usize, at_least: usize) -> Result<usize> {
    Ok(try_join_all((0..count).map(|_| ctx.call(come_and_go(at_least)))).await?.len())
}

async fn a_worker_runs_no_more_activities_than_it_may(hub: Hub) {
    let probe = Probe::default();
    let worker =
        hub.worker().data(probe.clone()).register(come_and_go::definition()).register(all_at_once::definition());
    let worker = worker.max_activities(3).start().await.unwrap();
    // The limit is the worker's: it holds for all instances together.
    let (a, b) = (worker.client().start(all_at_once(15, 3)).await, worker.client().start(all_at_once(15, 3)).await);
    assert_eq!((a.unwrap().result().await.unwrap(), b.unwrap().result().await.unwrap()), (15, 15));
    assert_eq!(probe.most_at_once(), 3);
    worker.shutdown().await.unwrap();
}

#[activity]
async fn double(n: u64) -> Result<u64> {
    Ok(n * 2)
}

#[orchestrator]
async fn double_twice(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    let twice = ctx.call(double(n)).await?;
    Ok(ctx.call(double(twice)).await?)
}

async fn a_thousand_instances_at_once_all_complete(hub: Hub) {
    let worker =
        hub.worker().register(double::definition()).register(double_twice::definition()).start().await.unwrap();
    let mut started = tokio::task::JoinSet::new();
    for n in 0..1_000 {
        let client = worker.client();
        started.spawn(async move { (n, client.start(double_twice(n)).await.unwrap().result().await.unwrap()) });
    }
    let results = started.join_all().await;
    assert_eq!(results.len(), 1_000);
    assert!(results.iter().all(|(n, result)| *result == n * 4));
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn double_many(ctx: &OrchestrationContext, count: u64) -> Result<u64> {
    Ok(try_join_all((0..count).map(|n| ctx.call(double(n)))).await?.iter().sum())
}

async fn a_thousand_activities_of_one_instance_all_complete(hub: Hub) {
    let worker = hub.worker().register(double::definition()).register(double_many::definition()).start().await.unwrap();
    assert_eq!(worker.client().start(double_many(1_000)).await.unwrap().result().await.unwrap(), 999_000);
    worker.shutdown().await.unwrap();
}
