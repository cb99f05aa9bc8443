//! The test hub, used as its users use it.

// Tests say what they expect by unwrapping.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use durable::history::Event;
use durable::prelude::*;
use durable_testkit::hub::{History, TestHub, WaitsFor, crash_everywhere, replay};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

#[activity]
async fn remind(_who: &str, _day: u32) -> Result<()> {
    panic!("this would send a mail")
}

#[activity(retry(max_attempts = 4, first = "1m", backoff = 2.0))]
async fn add(a: u64, b: u64) -> Result<u64> {
    Ok(a + b)
}

#[activity]
async fn undo(_what: u64) -> Result<()> {
    Ok(())
}

#[activity]
async fn slow() -> Result<u64> {
    tokio::time::sleep(Duration::from_millis(20)).await;
    Ok(tokio::spawn(async { 7 }).await?)
}

/// Reminds every day; after 30 days nobody has decided.
#[orchestrator]
async fn approval(ctx: &OrchestrationContext, who: String) -> Result<String> {
    for day in 1..=30 {
        if let Some(decision) = ctx.event::<String>("decision").timeout(DAY).await {
            return Ok(format!("{decision} by {who} on day {day}"));
        }
        ctx.set_custom_status(&day)?;
        ctx.call(remind(&who, day)).await?;
    }
    Ok("nobody decided".to_owned())
}

#[orchestrator]
async fn chain(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    let one = ctx.call(add(n, 1)).await?;
    ctx.timer(HOUR).await;
    let word: u64 = ctx.random();
    Ok(ctx.call(add(one, word % 1000)).await?)
}

#[orchestrator]
async fn fan_out(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    let sums = durable::try_join_all((0..n).map(|k| ctx.call(add(k, 1)))).limit(3).await?;
    Ok(sums.iter().sum())
}

#[orchestrator]
async fn decided(ctx: &OrchestrationContext) -> Result<String> {
    let first = durable::select! {
        go = ctx.event::<u64>("go") => format!("go {go}"),
        _ = ctx.timer(HOUR) => "too late".to_owned(),
        _ = ctx.call(slow()) => "slow".to_owned(),
    };
    let second = ctx.event::<u64>("go").await;
    Ok(format!("{first}, then {second}"))
}

#[orchestrator]
async fn parent(ctx: &OrchestrationContext) -> Result<u64> {
    let (a, b) = durable::join!(ctx.call(chain(1)), ctx.call(fan_out(4).instance_id("child")));
    Ok(a? + b?)
}

#[orchestrator]
async fn monitor(ctx: &OrchestrationContext, left: u64, sum: u64) -> Result<u64> {
    let sum = ctx.call(add(sum, left)).await?;
    ctx.timer(HOUR).await;
    if left > 0 { ctx.continue_as_new(monitor(left - 1, sum)).await } else { Ok(sum) }
}

#[orchestrator]
async fn trip(ctx: &OrchestrationContext) -> Result<String> {
    let mut saga = ctx.saga();
    let one = saga.step(ctx.call(add(1, 1)), |n| undo(*n)).await?;
    let two = saga.step(ctx.call(add(one, 1)), |n| undo(*n)).await?;
    match saga.step(ctx.call(add(two, 100)), |n| undo(*n)).await {
        Ok(n) => Ok(format!("arrived {n}")),
        Err(e) => Ok(format!("undone: {e}")),
    }
}

static CALLS: AtomicU64 = AtomicU64::new(0);

#[orchestrator]
async fn counts_runs(ctx: &OrchestrationContext) -> Result<()> {
    let n = durable::trust!("it is what this test is about", CALLS.fetch_add(1, Ordering::Relaxed));
    ctx.call(undo(n)).await?;
    Ok(())
}

fn hub() -> TestHub {
    let hub = TestHub::new();
    // Not `register_all()`: `chain` is here twice.
    hub.register(approval::definition()).register(chain::definition()).register(fan_out::definition());
    hub.register(decided::definition()).register(parent::definition()).register(monitor::definition());
    hub.register(trip::definition()).register(counts_runs::definition()).register(remind::definition());
    hub.register(add::definition()).register(undo::definition()).register(slow::definition()).clone()
}

/// A whole test of 30 days, and how long it takes by the real clock.
fn thirty_days() -> Duration {
    let began = Instant::now();
    let hub = hub();
    hub.replace::<remind, _>(|(who, _day): (String, u32)| if who == "ann" { Ok(()) } else { panic!("who is {who}?") });
    let run = hub.start(approval("ann".into()));
    let noon = hub.now();
    assert_eq!(run.result().unwrap(), "nobody decided");
    assert_eq!((hub.now() - noon, hub.runs_of::<remind>()), (30 * DAY, 30));
    assert_eq!(run.custom_status::<u32>(), Some(30));
    began.elapsed()
}

#[test]
fn a_30_day_approval_takes_no_time() {
    // Again if something else had the processor: the fastest counts.
    assert!((0..50).any(|_| thirty_days() < Duration::from_millis(100)));
}

#[test]
fn events_come_on_the_day_on_which_they_are_raised() {
    let hub = hub();
    hub.replace::<remind, _>(|_: (String, u32)| Ok(()));
    let run = hub.start(approval("ann".into()).instance_id("second"));
    hub.advance(2 * DAY + HOUR);
    assert_eq!((run.status(), run.custom_status::<u32>()), (Status::Running, Some(2)));
    hub.raise(run.id(), "DECISION", "yes").unwrap();
    assert_eq!(run.result().unwrap(), "yes by ann on day 3");
}

#[test]
fn activities_are_replaced_hang_take_time_and_run() {
    let hub = hub();
    hub.start(chain(1)).result().unwrap();
    assert_eq!(hub.runs_of::<add>(), 2);

    // Two failures: 1 and 2 minutes of delay.
    hub.replace_with_context::<add, _>(|ctx, (a, b): (u64, u64)| match ctx.attempt() {
        1 | 2 => Err(durable::Error::msg("not yet")),
        _ => Ok(a * b),
    });
    let noon = hub.now();
    assert_eq!(hub.start(fan_out(1)).result().unwrap(), 0);
    assert_eq!(hub.now() - noon, Duration::from_secs(180));

    hub.replace::<add, _>(|_: (u64, u64)| panic!("on purpose"));
    assert!(hub.start(fan_out(1)).result().unwrap_err().to_string().contains("on purpose"));

    // A real activity wins against the timer; one that hangs loses, one that takes long as well.
    for (n, first) in [(0, "slow"), (1, "too late"), (2, "too late"), (3, "slow")] {
        match n {
            0 => &hub,
            1 => hub.hang::<slow>(),
            2 => hub.restore::<slow>().takes::<slow>(2 * HOUR),
            _ => hub.replace::<slow, _>(|()| Ok(1)).takes::<slow>(Duration::ZERO),
        };
        let run = hub.start(decided());
        hub.raise_after(DAY, run.id(), "go", &n).unwrap();
        assert_eq!(run.result().unwrap(), format!("{first}, then {n}"));
    }
}

#[tokio::test]
async fn it_works_inside_a_runtime() {
    let run = hub().start(decided());
    assert_eq!(run.result().unwrap_err().stuck().unwrap().waits_for, [WaitsFor::Event("go".into())]);
}

#[test]
fn a_stuck_run_says_what_it_waits_for() {
    let hub = hub();
    let run = hub.start(decided());
    let text = run.result().unwrap_err().to_string();
    assert!(
        text.contains("run-1 (Running) can never end by itself") && text.ends_with("waits for event \"go\""),
        "{text}"
    );
    hub.suspend(run.id(), "wait").unwrap();
    hub.raise(run.id(), "go", &1).unwrap();
    let text = run.result().unwrap_err().to_string();
    assert!(text.contains("it is suspended and waits to be resumed"), "{text}");
    hub.resume(run.id(), "go on").unwrap();
    assert_eq!(run.result().unwrap(), "slow, then 1");
    assert!(hub.raise(run.id(), "go", &1).is_err());

    let run = hub.start(decided());
    hub.terminate(run.id(), "enough").unwrap();
    assert!(run.result().unwrap_err().to_string().contains("enough"));

    let run = hub.start(monitor(u64::MAX / 2, 0));
    hub.replace::<add, _>(|_: (u64, u64)| Ok(0)).jump_limit(1000);
    assert!(run.result().unwrap_err().stuck().unwrap().is_endless);
}

#[test]
fn a_nondeterministic_orchestrator_is_reported() {
    let text = hub().start(counts_runs()).result().unwrap_err().to_string();
    assert!(text.contains("is parked: nondeterminism"), "{text}");
    assert!(text.contains("recorded: #0: call activity `undo` with [0]"), "{text}");
}

/// Fails its first call as often as that, over crashes too.
fn flaky() -> TestHub {
    let hub = hub();
    hub.replace_with_context::<add, _>(|ctx, (a, b): (u64, u64)| match (b, ctx.attempt()) {
        (100, _) => Err(durable::Error::msg("no more rooms")),
        (_, 1) => Err(durable::Error::msg("not yet")),
        _ => Ok(a + b),
    });
    hub
}

#[test]
fn crashes_make_no_difference() {
    crash_everywhere(hub, || chain(1)).unwrap();
    assert_eq!(crash_everywhere(hub, || fan_out(5)).unwrap().value(), Some(15_u64));
    assert!(crash_everywhere(hub, parent).unwrap().commits >= 10);
    assert_eq!(crash_everywhere(hub, || monitor(3, 0)).unwrap().value(), Some(6_u64));
    assert_eq!(crash_everywhere(flaky, trip).unwrap().value(), Some("undone: no more rooms".to_owned()));
    let approved = || {
        let hub = flaky();
        hub.replace::<remind, _>(|_: (String, u32)| Ok(()));
        hub.raise_after(2 * DAY + HOUR, "run-1", "decision", "yes").unwrap();
        hub
    };
    let approved = crash_everywhere(approved, || approval("ann".into())).unwrap();
    assert_eq!(approved.value(), Some("yes by ann on day 3".to_owned()));
    let events = || {
        let hub = hub();
        hub.hang::<slow>();
        hub.raise_after(HOUR / 2, "run-1", "go", &1).unwrap();
        hub.raise_after(HOUR / 2, "run-1", "go", &2).unwrap();
        hub
    };
    assert_eq!(crash_everywhere(events, decided).unwrap().value(), Some("go 1, then 2".to_owned()));
}

mod edited {
    use super::*;

    /// What `chain` has become.
    #[orchestrator(name = "chain")]
    async fn edited(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
        Ok(ctx.call(add(n, 2)).await?)
    }

    #[test]
    fn an_edited_orchestrator_is_reported_before_and_after_deployment() {
        let hub = TestHub::new();
        hub.register(chain::definition()).register(add::definition());
        let run = hub.start(chain(1));
        hub.run_until_idle();
        let saved = run.history().to_json_lines();

        let history = History::from_json_lines(&saved).unwrap();
        replay(&history, chain::definition()).unwrap();
        let error = replay(&history, edited::definition()).unwrap_err();
        assert!(matches!(error.mismatch().unwrap().expected, Some(Event::TaskScheduled { .. })));
        let text = error.to_string();
        assert!(text.contains("recorded: #0: call activity `add` with [1,1]"), "{text}");
        assert!(text.contains("code now: #0: call activity `add` with [1,2]"), "{text}");
        assert!(text.contains("start of `chain` with [1]"), "{text}");
        let other = replay(&history, fan_out::definition()).unwrap_err().to_string();
        assert_eq!(other, "the history of run-1 is that of `chain`, but there is only `fan_out`");

        // Deployed all the same, it parks what runs; putting the code back lets it go on.
        hub.unregister_all().register(edited::definition()).register(add::definition());
        let parked = run.result().unwrap_err().to_string();
        assert!(parked.contains("code now: #0: call activity `add` with [1,2]"), "{parked}");
        hub.unregister_all().register(chain::definition()).register(add::definition());
        run.result().unwrap();
    }
}

#[test]
fn histories_survive_export_and_import() {
    let hub = flaky();
    for history in [hub.start(trip()), hub.start(trip())].map(|run| (run.result().unwrap(), run.history()).1) {
        let text = history.to_json_lines();
        assert_eq!(History::from_json_lines(&text).unwrap(), history);
        replay(&History::from_json_lines(&text).unwrap(), trip::definition()).unwrap();
    }
}
