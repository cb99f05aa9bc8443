//! The hub's own view of itself: crashes everywhere in richer orchestrations, and determinism.

use std::time::Duration;

use durable::prelude::*;

use super::{TestHub, crash_everywhere};

const HOUR: Duration = Duration::from_secs(3600);

#[activity(retry(max_attempts = 2, first = "1m"))]
async fn work(ctx: &ActivityContext, n: u64) -> Result<u64> {
    if ctx.attempt() == 1 { Err(durable::Error::msg("not yet")) } else { Ok(n) }
}

#[orchestrator]
async fn never(ctx: &OrchestrationContext) -> Result<()> {
    ctx.call(work(1)).await?;
    ctx.event::<()>("never").await;
    Ok(())
}

/// A child that is retried, one that is dropped, one that lives on, an event to itself.
#[orchestrator]
async fn family(ctx: &OrchestrationContext) -> Result<String> {
    let policy = RetryPolicy::exponential(3, HOUR);
    let fails = ctx.call(refuses(3).retry(policy)).await;
    let dropped = durable::select! {
        _ = ctx.call(never().instance_id("dropped")) => false,
        _ = ctx.timer(3 * HOUR) => true,
    };
    ctx.start_detached(counter(0).instance_id("detached"))?;
    ctx.send_event("run-1", "note", &ctx.random::<u8>())?;
    let stamp = ctx.side_effect(|| 5).await + u64::from(ctx.event::<u8>("note").await > 0);
    let way = if ctx.patched("new way") { "new" } else { "old" };
    Ok(format!("{:?} {dropped} {stamp} {way}", fails.map_err(|e| e.to_string())))
}

#[orchestrator]
async fn refuses(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    ctx.call(work(n)).await?;
    Err(durable::Error::msg("never"))
}

/// Counts events over executions; those that come in between are carried along.
#[orchestrator]
async fn counter(ctx: &OrchestrationContext, sum: u64) -> Result<u64> {
    let n: u64 = ctx.event("n").await;
    ctx.set_custom_status(&(sum + n))?;
    match n {
        0 => Ok(sum),
        n => ctx.continue_as_new(counter(sum + n)).await,
    }
}

fn hub() -> TestHub {
    let hub = TestHub::new();
    hub.register(work::definition()).register(never::definition()).register(family::definition());
    hub.register(refuses::definition()).register(counter::definition());
    hub
}

#[test]
fn one_run_is_like_the_next() {
    let once = || {
        let hub = hub();
        let run = hub.start(family());
        run.result().unwrap();
        let histories = hub.instances().into_iter().filter_map(|r| hub.history(r.id.as_str()));
        histories.map(|h| h.to_json_lines()).collect::<Vec<_>>()
    };
    assert_eq!(once(), once());
    assert_eq!(once().len(), 6, "its children and itself");
}

#[test]
fn crashes_in_families_make_no_difference() {
    let family = crash_everywhere(hub, family).unwrap();
    assert!(family.crashes > 30, "{family:?}");
    assert_eq!(family.value(), Some("Err(\"never\") true 6 new".to_owned()));
}

#[test]
fn crashes_between_executions_make_no_difference() {
    let counted = || {
        let hub = hub();
        for n in [1, 2, 3, 4] {
            hub.raise_after(Duration::from_secs(1 + n / 2), "run-1", "n", &n).unwrap();
        }
        hub.raise_after(HOUR, "run-1", "n", &0).unwrap();
        hub
    };
    assert_eq!(crash_everywhere(counted, || counter(0)).unwrap().value(), Some(10_u64));
}
