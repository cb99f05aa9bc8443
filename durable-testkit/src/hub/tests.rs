//! Crashes everywhere in richer orchestrations, determinism, and texts that are no histories.

use std::time::Duration;

use durable::prelude::*;

use super::{History, TestHub, crash_everywhere};

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

#[orchestrator]
async fn calls(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    Ok(ctx.call(work(n)).await?)
}

fn hub() -> TestHub {
    let hub = TestHub::new();
    hub.register(work::definition()).register(never::definition()).register(family::definition());
    hub.register(refuses::definition()).register(counter::definition());
    hub.register(calls::definition());
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

#[test]
fn a_crash_that_makes_a_difference_is_reported() {
    // An activity that is not idempotent: its second run gives something else.
    let setup = || {
        let hub = hub();
        let mut runs = 0;
        hub.replace::<work, _>(move |_: (u64,)| {
            runs += 1;
            Ok(runs)
        });
        hub
    };
    let error = crash_everywhere(setup, || calls(1)).unwrap_err();
    assert_eq!((error.commit, error.applied), (1, false));
    let text = error.to_string();
    assert!(
        text.contains("without a crash: Completed with 1") && text.contains("with the crash:  Completed with 2"),
        "{text}"
    );
}

const TEXT: &str = r#"{"durable_history":1,"instance":"a","execution":0,"codec":1,"events":4}
{"seq":0,"at":5,"event":{"TurnStarted":{"at":5}}}
{"seq":1,"at":5,"event":{"EventRaised":{"name":"e","payload":[ 1 ]}}}
{"seq":2,"at":6,"event":{"TurnStarted":{"at":6}}}
{"seq":3,"at":6,"event":{"TimerCanceled":{"id":1}}}
"#;

#[track_caller]
fn check_import(text: &str, says: &str) {
    let e = History::from_json_lines(text).unwrap_err();
    assert!(e.to_string().contains(says), "{e}");
}

#[test]
fn what_is_written_reads_back_and_what_is_wrong_is_reported() {
    let history = History::from_json_lines(TEXT).unwrap();
    assert_eq!((history.turns.len(), history.to_json_lines().as_str()), (2, TEXT));
    let lines: Vec<&str> = TEXT.lines().collect();
    let damaged = |from: &str, to: &str| TEXT.replacen(from, to, 1);
    check_import(" \n", "the text is empty");
    check_import("hello", "line 1 is not JSON");
    check_import("[1]", "line 1 is not the header");
    check_import(&damaged("\"a\"", "\"\""), "line 1 is not the header");
    check_import(&damaged("history\":1", "history\":2"), "file format has version 2");
    check_import(&damaged("codec\":1", "codec\":9"), "event format has version 9");
    check_import(&damaged("events\":4", "events\":3"), "line 5 is not the end");
    check_import(&damaged("TurnStarted", "Unheard"), "line 2 is not the beginning of a turn");
    check_import(&damaged("\"at\":6", "\"at\":7"), "line 5 is not an event of the turn before it");
    check_import(&damaged("\"seq\":3,", ""), "line 5 is not an event");
    check_import(&damaged("\"seq\":2,", "\"seq\":2,,"), "line 4 is not JSON");
    check_import(&[&lines[..2], &lines[3..]].concat().join("\n"), "line 3: event 2 stands where event 1 should be");
    check_import(&lines[..4].join("\n"), "ends at line 4 after 3 of 4 events");
    check_import(&TEXT[..TEXT.len() - 9], "ends at line 5 after 3 of 4 events");
}

#[activity(retry(max_attempts = 5, first = "1m"))]
async fn hopeless() -> Result<()> {
    Err(durable::Error::msg("never").non_retryable())
}

#[orchestrator]
async fn hopes(ctx: &OrchestrationContext) -> Result<()> {
    Ok(ctx.call(hopeless()).await?)
}

#[test]
fn a_replaced_activity_fails_as_a_real_one_does() {
    let hub = hub();
    hub.register(hopeless::definition()).register(hopes::definition());
    let real = hub.start(hopes()).result().unwrap_err();
    hub.replace::<hopeless, _>(|()| Err(durable::Error::msg("never").non_retryable()));
    assert_eq!(hub.start(hopes()).result().unwrap_err(), real);
    assert_eq!(hub.runs_of::<hopeless>(), 2);
    let [real, replaced] = ["run-1", "run-2"].map(|id| hub.history(id).unwrap().turns[1].messages.clone());
    assert_eq!(real, replaced);
}
