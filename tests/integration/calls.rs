//! Calling activities: typed results and errors, panics, retries, timeouts, identity.

use std::collections::BTreeSet;
use std::time::Duration;

use durable::history::Event;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

use crate::common::{Hub, Probe, on_each_store};

on_each_store!(
    results_and_errors_are_typed,
    an_error_keeps_its_chain,
    arguments_arrive_as_they_were_given,
    a_panic_in_an_activity_is_typed,
    a_panic_in_an_orchestrator_fails_that_instance_alone,
    a_failed_attempt_is_tried_again_until_it_succeeds,
    the_last_error_comes_when_the_attempts_are_used_up,
    an_attempt_that_takes_too_long_is_cancelled_and_times_out,
    a_timeout_is_tried_again_like_a_failure,
    idempotency_keys_differ_between_calls_and_not_between_attempts,
);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Declined {
    NoMoney { missing: u64 },
    Stolen,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Receipt {
    cents: u64,
}

#[activity]
async fn charge(cents: u64) -> Result<Receipt, Declined> {
    match cents {
        0..100 => Ok(Receipt { cents }),
        100..1000 => Err(Declined::NoMoney { missing: cents - 99 }),
        _ => Err(Declined::Stolen),
    }
}

#[orchestrator]
async fn buy(ctx: &OrchestrationContext, cents: u64) -> Result<Receipt, Declined> {
    match ctx.call(charge(cents)).await {
        Ok(receipt) => Ok(receipt),
        Err(CallError::Failed(Declined::NoMoney { missing })) if missing < 10 => Ok(Receipt { cents: cents - missing }),
        Err(CallError::Failed(e)) => Err(e),
        Err(other) => panic!("not that: {other}"),
    }
}

async fn results_and_errors_are_typed(hub: Hub) {
    let worker = hub.worker().register(charge::definition()).register(buy::definition()).start().await.unwrap();
    for (cents, expected) in [
        (7, Ok(Receipt { cents: 7 })),
        (105, Ok(Receipt { cents: 99 })),
        (500, Err(Declined::NoMoney { missing: 401 })),
        (5000, Err(Declined::Stolen)),
    ] {
        let run = worker.client().start(buy(cents)).await.unwrap();
        let result = run.result().await;
        assert_eq!(result.as_ref().map_err(|e| e.failed().unwrap()), expected.as_ref());
        let status = run.status().await.unwrap();
        assert_eq!(status.status, if expected.is_ok() { Status::Completed } else { Status::Failed });
        assert_eq!(status.result.unwrap().is_ok(), expected.is_ok());
    }
    worker.shutdown().await.unwrap();
}

#[activity]
async fn parse(text: &str) -> Result<u32> {
    text.parse::<u32>().map_err(|e| durable::Error::from(e).context(format!("reading {text:?}")))
}

#[orchestrator]
async fn parse_all(ctx: &OrchestrationContext, texts: Vec<String>) -> Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for text in &texts {
        numbers.push(ctx.call(parse(text)).await?);
    }
    Ok(numbers)
}

async fn an_error_keeps_its_chain(hub: Hub) {
    let worker = hub.worker().register(parse::definition()).register(parse_all::definition()).start().await.unwrap();
    let ok = worker.client().start(parse_all(vec!["1".into(), "2".into()])).await.unwrap();
    assert_eq!(ok.result().await.unwrap(), [1, 2]);
    let failed = worker.client().start(parse_all(vec!["1".into(), "x".into()])).await.unwrap();
    let error = failed.result().await.unwrap_err();
    assert_eq!(error.failed().unwrap().to_string(), "reading \"x\": invalid digit found in string");
    worker.shutdown().await.unwrap();
}

#[activity]
async fn describe(
    _: &ActivityContext,
    n: i64,
    name: &str,
    tags: &[String],
    place: Option<(f64, f64)>,
    raw: &serde_json::Value,
) -> Result<String> {
    Ok(format!("{n} {name} {tags:?} {place:?} {raw}"))
}

#[activity]
async fn nothing() -> Result<()> {
    Ok(())
}

#[orchestrator]
async fn describe_it(ctx: &OrchestrationContext, name: &str, tags: Vec<String>) -> Result<String> {
    ctx.call(nothing()).await?;
    let raw = serde_json::json!({ "b": [1, null], "a": "\u{202e}\"\\\u{0}" });
    Ok(ctx.call(describe(i64::MIN, name, &tags, Some((0.1, -0.0)), &raw)).await?)
}

async fn arguments_arrive_as_they_were_given(hub: Hub) {
    let definitions = [describe::definition(), nothing::definition(), describe_it::definition()];
    let worker = definitions.into_iter().fold(hub.worker(), |w, d| w.register(d)).start().await.unwrap();
    let name = "'; DROP TABLE instances; -- \u{0} % _ \u{10ffff} שלום";
    let run = worker.client().start(describe_it(name, vec!["a".into(), String::new()])).await.unwrap();
    let raw = serde_json::json!({ "b": [1, null], "a": "\u{202e}\"\\\u{0}" });
    let expected = format!("{} {name} {:?} {:?} {raw}", i64::MIN, ["a", ""], Some((0.1, -0.0)));
    assert_eq!(run.result().await.unwrap(), expected);
    worker.shutdown().await.unwrap();
}

#[activity]
async fn explode(text: &str) -> Result<()> {
    panic!("{text}")
}

#[orchestrator]
async fn survive(ctx: &OrchestrationContext) -> Result<String> {
    match ctx.call(explode("boom")).await {
        Err(CallError::Panicked(text)) => Ok(text),
        other => Err(durable::Error::msg(format!("{other:?}"))),
    }
}

async fn a_panic_in_an_activity_is_typed(hub: Hub) {
    let worker = hub.worker().register(explode::definition()).register(survive::definition()).start().await.unwrap();
    assert_eq!(worker.client().start(survive()).await.unwrap().result().await.unwrap(), "boom");
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn fall(ctx: &OrchestrationContext, late: bool) -> Result<()> {
    if late {
        ctx.call(nothing()).await?;
    }
    panic!("the orchestrator fell, late: {late}")
}

async fn a_panic_in_an_orchestrator_fails_that_instance_alone(hub: Hub) {
    let definitions = [fall::definition(), nothing::definition(), charge::definition(), buy::definition()];
    let worker = definitions.into_iter().fold(hub.worker(), |w, d| w.register(d)).start().await.unwrap();
    for late in [false, true] {
        let run = worker.client().start(fall(late)).await.unwrap();
        match run.result().await {
            Err(RunError::Ended(CallError::Panicked(text))) => {
                assert_eq!(text, format!("the orchestrator fell, late: {late}"));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(run.status().await.unwrap().status, Status::Failed);
    }
    assert_eq!(worker.client().start(buy(1)).await.unwrap().result().await.unwrap(), Receipt { cents: 1 });
    worker.shutdown().await.unwrap();
}

#[activity(needs(Probe), retry(max_attempts = 3, first = "1ms", backoff = 2.0))]
async fn flaky(ctx: &ActivityContext, fail_until: u32) -> Result<u32, String> {
    ctx.data::<Probe>().note(format!("{} {}", ctx.attempt(), ctx.idempotency_key()));
    if ctx.attempt() < fail_until { Err(format!("attempt {} failed", ctx.attempt())) } else { Ok(ctx.attempt()) }
}

#[orchestrator]
async fn try_hard(ctx: &OrchestrationContext, fail_until: u32) -> Result<u32, String> {
    ctx.call(flaky(fail_until)).await.map_err(|e| match e {
        CallError::Failed(e) => e,
        other => other.to_string(),
    })
}

async fn a_failed_attempt_is_tried_again_until_it_succeeds(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(flaky::definition()).register(try_hard::definition());
    let worker = worker.start().await.unwrap();
    let run = worker.client().start(try_hard(3)).await.unwrap();
    assert_eq!(run.result().await, Ok(3));
    assert_eq!(attempts(&probe), [1, 2, 3]);
    assert_eq!(keys(&probe).len(), 1, "one key for all attempts");
    let history = run.history().await.unwrap();
    let scheduled = |e: &Event| matches!(e, Event::TaskScheduled { .. });
    let delayed = |e: &Event| matches!(e, Event::TimerCreated { .. });
    assert_eq!(history.events().filter(|e| scheduled(&e.event)).count(), 3, "\n{history}");
    assert_eq!(history.events().filter(|e| delayed(&e.event)).count(), 2, "\n{history}");
    worker.shutdown().await.unwrap();
}

async fn the_last_error_comes_when_the_attempts_are_used_up(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(flaky::definition()).register(try_hard::definition());
    let worker = worker.start().await.unwrap();
    let run = worker.client().start(try_hard(9)).await.unwrap();
    assert_eq!(run.result().await.unwrap_err().failed().unwrap(), "attempt 3 failed");
    assert_eq!(attempts(&probe), [1, 2, 3]);
    worker.shutdown().await.unwrap();
}

fn attempts(probe: &Probe) -> Vec<u32> {
    probe.notes().iter().map(|n| n.split(' ').next().unwrap().parse().unwrap()).collect()
}

fn keys(probe: &Probe) -> BTreeSet<String> {
    probe.notes().iter().map(|n| n.split(' ').nth(1).unwrap().to_owned()).collect()
}

/// Never ends by itself on attempts before this one.
#[activity(needs(Probe), timeout = "20ms")]
async fn hang(ctx: &ActivityContext, until_attempt: u32) -> Result<u32> {
    if ctx.attempt() < until_attempt {
        assert!(!ctx.is_cancelled());
        ctx.cancelled().await;
        assert!(ctx.is_cancelled());
        ctx.data::<Probe>().note("cancelled");
    }
    Ok(ctx.attempt())
}

#[orchestrator]
async fn lose_patience(ctx: &OrchestrationContext) -> Result<String> {
    match ctx.call(hang(u32::MAX)).await {
        Err(CallError::TimedOut(text)) => Ok(text),
        other => Err(durable::Error::msg(format!("{other:?}"))),
    }
}

async fn an_attempt_that_takes_too_long_is_cancelled_and_times_out(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(hang::definition()).register(lose_patience::definition());
    let worker = worker.start().await.unwrap();
    let text = worker.client().start(lose_patience()).await.unwrap().result().await.unwrap();
    assert!(text.contains("timeout"), "{text}");
    probe.seen("cancelled").await;
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn try_again_when_late(ctx: &OrchestrationContext) -> Result<u32> {
    let patient = RetryPolicy::fixed(4, Duration::from_millis(1));
    // The last attempt need not be quick.
    Ok(ctx.call(hang(3).retry(patient)).await?)
}

async fn a_timeout_is_tried_again_like_a_failure(hub: Hub) {
    let probe = Probe::default();
    let worker =
        hub.worker().data(probe.clone()).register(hang::definition()).register(try_again_when_late::definition());
    let worker = worker.start().await.unwrap();
    let attempt = worker.client().start(try_again_when_late()).await.unwrap().result().await;
    // A busy machine may take longer than the timeout for the third attempt, too.
    assert!(matches!(attempt, Ok(3 | 4)), "{attempt:?}");
    probe.seen_times("cancelled", 2).await;
    worker.shutdown().await.unwrap();
}

#[activity(needs(Probe))]
async fn note_key(ctx: &ActivityContext, _n: u32) -> Result<()> {
    ctx.data::<Probe>().note(format!("{} {}", ctx.attempt(), ctx.idempotency_key()));
    assert_eq!(ctx.instance_id(), ctx.info().instance.as_str());
    assert_eq!(&*ctx.info().name, "note_key");
    Ok(())
}

#[orchestrator]
async fn note_keys(ctx: &OrchestrationContext) -> Result<()> {
    for _ in 0..3 {
        ctx.call(note_key(1)).await?;
    }
    Ok(())
}

async fn idempotency_keys_differ_between_calls_and_not_between_attempts(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(note_key::definition()).register(note_keys::definition());
    let worker = worker.start().await.unwrap();
    // The same call in another instance, and in another execution of the same id, is another call.
    for id in ["a", "b", "a"] {
        worker.client().start(note_keys().instance_id(id)).await.unwrap().result().await.unwrap();
    }
    assert_eq!(attempts(&probe), [1; 9]);
    assert_eq!(keys(&probe).len(), 9, "{:?}", probe.notes());
    worker.shutdown().await.unwrap();
}
