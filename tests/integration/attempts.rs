//! Which attempts are made: errors worth a retry, time limits over all of them, heartbeats.

use std::time::Duration;

use durable::history::Event;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

use crate::common::{Hub, Probe, on_each_store};

on_each_store!(
    a_predicate_says_which_errors_are_worth_a_retry,
    an_error_marked_non_retryable_is_not_tried_again,
    the_total_timeout_ends_the_attempts,
    the_total_timeout_ends_an_attempt_that_runs,
    an_activity_without_heartbeats_is_given_up,
    an_activity_without_heartbeats_is_tried_again,
    heartbeats_keep_an_activity_alive,
    jitter_shortens_a_delay_and_is_recorded,
);

const MOMENT: Duration = Duration::from_millis(1);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Trouble {
    Passing,
    Lasting,
}

/// Fails in a passing way before this attempt, and in a lasting way from it on.
#[activity(needs(Probe))]
async fn trouble(ctx: &ActivityContext, lasting_from: u32) -> Result<(), Trouble> {
    ctx.data::<Probe>().note(format!("attempt {}", ctx.attempt()));
    Err(if ctx.attempt() < lasting_from { Trouble::Passing } else { Trouble::Lasting })
}

#[orchestrator]
async fn picky(ctx: &OrchestrationContext, lasting_from: u32) -> Result<(), Trouble> {
    let call = trouble(lasting_from).retry(RetryPolicy::fixed(5, MOMENT)).retry_if(|e| *e == Trouble::Passing);
    match ctx.call(call).await {
        Err(CallError::Failed(e)) => Err(e),
        other => panic!("{other:?}"),
    }
}

async fn a_predicate_says_which_errors_are_worth_a_retry(hub: Hub) {
    for (lasting_from, attempts) in [(1, 1), (3, 3), (9, 5)] {
        let probe = Probe::default();
        let worker = hub.worker().data(probe.clone()).register(trouble::definition()).register(picky::definition());
        let worker = worker.start().await.unwrap();
        let error = worker.client().start(picky(lasting_from)).await.unwrap().result().await.unwrap_err();
        let expected = if lasting_from <= attempts { Trouble::Lasting } else { Trouble::Passing };
        assert_eq!(error.failed(), Some(&expected));
        assert_eq!(probe.notes().len() as u32, attempts);
        worker.shutdown().await.unwrap();
    }
}

#[activity(needs(Probe), retry(max_attempts = 9, first = "1ms"))]
async fn hopeless(ctx: &ActivityContext) -> Result<()> {
    ctx.data::<Probe>().note(format!("attempt {}", ctx.attempt()));
    let error = durable::Error::msg(format!("attempt {}", ctx.attempt()));
    Err(if ctx.attempt() == 2 { error.non_retryable().context("no hope") } else { error })
}

#[orchestrator]
async fn hopes(ctx: &OrchestrationContext) -> Result<()> {
    match ctx.call(hopeless()).await {
        Err(CallError::Failed(e)) => Err(e),
        other => panic!("{other:?}"),
    }
}

async fn an_error_marked_non_retryable_is_not_tried_again(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(hopeless::definition()).register(hopes::definition());
    let worker = worker.start().await.unwrap();
    let error = worker.client().start(hopes()).await.unwrap().result().await.unwrap_err();
    let error = error.failed().unwrap();
    assert_eq!((error.to_string().as_str(), error.is_non_retryable()), ("no hope: attempt 2", true));
    assert_eq!(probe.notes(), ["attempt 1", "attempt 2"]);
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn hurries(ctx: &OrchestrationContext) -> Result<()> {
    const ATTEMPTS: u32 = 1_000;
    let policy = RetryPolicy::fixed(ATTEMPTS, Duration::from_millis(10));
    match ctx.call(trouble(u32::MAX).retry(policy).total_timeout(Duration::from_millis(100))).await {
        // The last error; or it was the last attempt itself that ran out of time.
        Err(CallError::Failed(Trouble::Passing) | CallError::TimedOut(_)) => Ok(()),
        other => panic!("{other:?}"),
    }
}

async fn the_total_timeout_ends_the_attempts(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(trouble::definition()).register(hurries::definition());
    let worker = worker.start().await.unwrap();
    worker.client().start(hurries()).await.unwrap().result().await.unwrap();
    // Ten fit at most: the delays alone are 10 ms each, by the recorded clock.
    let attempts = probe.notes().len();
    assert!((1..=11).contains(&attempts), "{attempts}");
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn hurries_one(ctx: &OrchestrationContext) -> Result<()> {
    match ctx.call(silent(u32::MAX).total_timeout(Duration::from_millis(30))).await {
        Err(CallError::TimedOut(_)) => Ok(()),
        other => panic!("{other:?}"),
    }
}

async fn the_total_timeout_ends_an_attempt_that_runs(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(silent::definition()).register(hurries_one::definition());
    let worker = worker.start().await.unwrap();
    worker.client().start(hurries_one()).await.unwrap().result().await.unwrap();
    probe.seen("given up").await;
    worker.shutdown().await.unwrap();
}

/// Says nothing before this attempt.
#[activity(needs(Probe))]
async fn silent(ctx: &ActivityContext, until_attempt: u32) -> Result<u32> {
    if ctx.attempt() < until_attempt {
        ctx.cancelled().await;
        ctx.data::<Probe>().note("given up");
    }
    Ok(ctx.attempt())
}

#[orchestrator]
async fn listens(ctx: &OrchestrationContext) -> Result<String> {
    match ctx.call(silent(u32::MAX).heartbeat_timeout(Duration::from_millis(30))).await {
        Err(CallError::TimedOut(why)) => Ok(why),
        other => panic!("{other:?}"),
    }
}

async fn an_activity_without_heartbeats_is_given_up(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(silent::definition()).register(listens::definition());
    let worker = worker.start().await.unwrap();
    let why = worker.client().start(listens()).await.unwrap().result().await.unwrap();
    assert!(why.contains("heartbeat"), "{why}");
    probe.seen("given up").await;
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn listens_again(ctx: &OrchestrationContext) -> Result<u32> {
    let call = silent(2).heartbeat_timeout(Duration::from_millis(500)).retry(RetryPolicy::fixed(3, MOMENT));
    Ok(ctx.call(call).await?)
}

async fn an_activity_without_heartbeats_is_tried_again(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(silent::definition()).register(listens_again::definition());
    let worker = worker.start().await.unwrap();
    let attempt = worker.client().start(listens_again()).await.unwrap().result().await.unwrap();
    // A busy machine may take longer than the limit for the second attempt, too.
    assert!(matches!(attempt, 2 | 3), "{attempt}");
    probe.seen("given up").await;
    worker.shutdown().await.unwrap();
}

/// Works for longer than it may be silent.
#[activity]
async fn lively(ctx: &ActivityContext, limit: Duration) -> Result<u32> {
    let until = std::time::Instant::now() + limit * 5 / 4;
    while std::time::Instant::now() < until {
        ctx.heartbeat();
        tokio::time::sleep(MOMENT).await;
    }
    Ok(ctx.attempt())
}

#[orchestrator]
async fn hears(ctx: &OrchestrationContext) -> Result<u32> {
    // Longer than a busy machine keeps a task waiting.
    let limit = Duration::from_millis(800);
    Ok(ctx.call(lively(limit).heartbeat_timeout(limit)).await?)
}

async fn heartbeats_keep_an_activity_alive(hub: Hub) {
    let worker = hub.worker().register(lively::definition()).register(hears::definition()).start().await.unwrap();
    assert_eq!(worker.client().start(hears()).await.unwrap().result().await.unwrap(), 1);
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn jitters(ctx: &OrchestrationContext) -> Result<(), Trouble> {
    let policy = RetryPolicy::fixed(6, Duration::from_millis(40)).jitter(1.0);
    ctx.call(trouble(9).retry(policy)).await.map_err(|_| Trouble::Passing)
}

async fn jitter_shortens_a_delay_and_is_recorded(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(trouble::definition()).register(jitters::definition());
    let worker = worker.double_run(true).start().await.unwrap();
    let run = worker.client().start(jitters()).await.unwrap();
    run.result().await.unwrap_err();
    let history = run.history().await.unwrap();
    let delays: Vec<Duration> = history
        .events()
        .filter_map(|e| match e.event {
            Event::TimerCreated { fire_at, .. } => Some(fire_at.saturating_since(e.at)),
            _ => None,
        })
        .collect();
    assert_eq!(delays.len(), 5);
    assert!(delays.iter().all(|d| *d <= Duration::from_millis(40)), "{delays:?}");
    assert!(delays.iter().any(|d| *d != delays[0]), "{delays:?}");
    worker.shutdown().await.unwrap();
}
