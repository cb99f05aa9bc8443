//! Races: the earliest in history wins, the losers are cancelled, and nothing that is not awaited
//! holds an orchestration up.

use std::time::Duration;

use durable::history::Event;
use durable::prelude::*;

use crate::common::{Hub, Probe, eventually, on_each_store};

on_each_store!(
    of_two_results_in_one_batch_the_earlier_wins_and_the_other_is_discarded,
    of_an_event_and_a_timer_in_one_batch_the_earlier_wins,
    the_first_of_many_cancels_the_others,
    results_come_in_the_order_of_completion,
    a_timer_that_is_not_awaited_does_not_hold_completion,
    a_timer_is_kept_over_the_rounds_of_a_loop,
    a_side_effect_is_recorded_and_happens_once,
    a_saga_undoes_in_reverse,
);

const NEVER: Duration = Duration::from_secs(3600);

#[activity(needs(Probe))]
async fn wait_for(ctx: &ActivityContext, note: &str) -> Result<String> {
    let probe = ctx.data::<Probe>();
    probe.note(format!("{note} runs"));
    tokio::select! {
        () = probe.seen(note) => Ok(note.to_owned()),
        () = ctx.cancelled() => {
            probe.note(format!("{note} cancelled"));
            Err(durable::Error::msg("cancelled"))
        }
    }
}

#[orchestrator]
async fn race(ctx: &OrchestrationContext) -> Result<(String, String)> {
    let (a, b) = (ctx.call(wait_for("a")), ctx.call(wait_for("b")));
    // The topmost is the later one in history, and loses all the same.
    let winner = durable::select! { b = b => b?, a = a => a? };
    Ok((winner, ctx.call(wait_for("c")).await?))
}

async fn of_two_results_in_one_batch_the_earlier_wins_and_the_other_is_discarded(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(wait_for::definition()).register(race::definition());
    let worker = worker.start().await.unwrap();
    let run = worker.client().start(race()).await.unwrap();
    probe.seen("a runs").await;
    probe.seen("b runs").await;
    // What comes while it is suspended is delivered in one go.
    run.instance().suspend("collect").await.unwrap();
    hub.until(run.id(), |r| r.status == Status::Suspended).await;
    for (count, note) in [(1, "a"), (2, "b")] {
        probe.note(note);
        let is_recorded = async || {
            let history = run.history().await.unwrap();
            let results = history.events().filter(|e| matches!(e.event, Event::TaskCompleted { .. })).count();
            (results == count).then_some(())
        };
        eventually(is_recorded).await;
    }
    probe.note("c");
    run.instance().resume("deliver").await.unwrap();
    assert_eq!(run.result().await.unwrap(), ("a".into(), "c".into()));
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn event_or_timer(ctx: &OrchestrationContext, ms: u64) -> Result<(Option<u64>, u64)> {
    let timer = ctx.timer(Duration::from_millis(ms));
    ctx.set_custom_status("waiting")?;
    let won = durable::select! {
        _ = timer => None,
        n = ctx.event::<u64>("go") => Some(n),
    };
    Ok((won, ctx.event::<u64>("go").await))
}

async fn of_an_event_and_a_timer_in_one_batch_the_earlier_wins(hub: Hub) {
    let worker = hub.worker().register(event_or_timer::definition()).start().await.unwrap();
    for _ in 0..3 {
        let run = worker.client().start(event_or_timer(200)).await.unwrap();
        hub.says(run.id(), "waiting").await;
        run.instance().suspend("collect").await.unwrap();
        run.instance().raise("go", &1).await.unwrap();
        run.instance().raise("go", &2).await.unwrap();
        let timer_has_fired = async || {
            let history = run.history().await.unwrap();
            history.events().any(|e| matches!(e.event, Event::TimerFired { .. })).then_some(())
        };
        eventually(timer_has_fired).await;
        run.instance().resume("deliver").await.unwrap();
        let result = run.result().await.unwrap();
        let history = run.history().await.unwrap();
        let fired = history.events().position(|e| matches!(e.event, Event::TimerFired { .. })).unwrap();
        let raised = history.events().position(|e| matches!(e.event, Event::EventRaised { .. })).unwrap();
        // An event that the loser had been given is there for the next wait.
        assert_eq!(result, if raised < fired { (Some(1), 2) } else { (None, 1) }, "\n{history}");
    }
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn first_of_three(ctx: &OrchestrationContext) -> Result<(usize, String)> {
    let (n, first) = durable::select_all(["a", "b", "c"].map(|note| ctx.call(wait_for(note)))).await;
    Ok((n, first?))
}

async fn the_first_of_many_cancels_the_others(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(wait_for::definition());
    let worker = worker.register(first_of_three::definition()).start().await.unwrap();
    let run = worker.client().start(first_of_three()).await.unwrap();
    for note in ["a runs", "b runs", "c runs"] {
        probe.seen(note).await;
    }
    probe.note("b");
    assert_eq!(run.result().await.unwrap(), (1, "b".into()));
    probe.seen("a cancelled").await;
    probe.seen("c cancelled").await;
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn as_they_come(ctx: &OrchestrationContext) -> Result<Vec<(usize, String)>> {
    let mut results = durable::as_completed(["a", "b", "c", "d"].iter().map(|note| ctx.call(wait_for(note))));
    let mut seen = Vec::new();
    while let Some((n, result)) = results.next().await {
        seen.push((n, result?));
        ctx.set_custom_status(&format!("{} seen", seen.len()))?;
    }
    Ok(seen)
}

async fn results_come_in_the_order_of_completion(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(wait_for::definition());
    let worker = worker.register(as_they_come::definition()).start().await.unwrap();
    let run = worker.client().start(as_they_come()).await.unwrap();
    for (n, note) in (1..).zip(["b", "d", "c", "a"]) {
        probe.note(note);
        hub.says(run.id(), &format!("{n} seen")).await;
    }
    let seen = run.result().await.unwrap();
    assert_eq!(seen, [(1, "b".into()), (3, "d".into()), (2, "c".into()), (0, "a".into())]);
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn does_not_wait(ctx: &OrchestrationContext) -> Result<u64> {
    let _timer = ctx.timer(NEVER);
    let _event = ctx.event::<u64>("never");
    // Not even dropped.
    std::mem::forget(ctx.timer(NEVER));
    Ok(ctx.event::<u64>("go").await)
}

async fn a_timer_that_is_not_awaited_does_not_hold_completion(hub: Hub) {
    let worker = hub.worker().register(does_not_wait::definition()).start().await.unwrap();
    let run = worker.client().start(does_not_wait()).await.unwrap();
    run.instance().raise("go", &1).await.unwrap();
    assert_eq!(run.result().await.unwrap(), 1);
    let history = run.history().await.unwrap();
    let cancelled = history.events().filter(|e| matches!(e.event, Event::TimerCanceled { .. })).count();
    assert_eq!(cancelled, 2, "\n{history}");
    let record = hub.record(run.id()).await;
    assert_eq!((record.status, record.wake_at), (Status::Completed, None));
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn counts_until(ctx: &OrchestrationContext) -> Result<u64> {
    let mut deadline = ctx.timer(Duration::from_millis(250));
    let mut count = 0;
    loop {
        let is_over = durable::select! {
            _ = ctx.event::<()>("go") => false,
            _ = &mut deadline => true,
        };
        if is_over {
            return Ok(count);
        }
        count += 1;
    }
}

async fn a_timer_is_kept_over_the_rounds_of_a_loop(hub: Hub) {
    let worker = hub.worker().register(counts_until::definition()).start().await.unwrap();
    let run = worker.client().start(counts_until()).await.unwrap();
    let mut raised = 0;
    for _ in 0..5 {
        // A busy machine may be late.
        raised += u64::from(run.instance().raise("go", &()).await.is_ok());
    }
    assert!(run.result().await.unwrap() <= raised);
    let history = run.history().await.unwrap();
    assert_eq!(history.events().filter(|e| matches!(e.event, Event::TimerCreated { .. })).count(), 1, "\n{history}");
    worker.shutdown().await.unwrap();
}

fn read() -> u64 {
    static READS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    READS.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

#[orchestrator]
async fn reads_once(ctx: &OrchestrationContext) -> Result<(u64, u64)> {
    let first = ctx.side_effect(read).await;
    ctx.event::<()>("go").await;
    Ok((first, ctx.side_effect(read).await))
}

async fn a_side_effect_is_recorded_and_happens_once(hub: Hub) {
    let first = hub.worker().register(reads_once::definition()).start().await.unwrap();
    let run = first.client().start(reads_once().instance_id("reader")).await.unwrap();
    hub.until("reader", |r| r.owner.is_none()).await;
    let before = run.history().await.unwrap();
    first.shutdown().await.unwrap();
    let second = hub.worker().register(reads_once::definition()).start().await.unwrap();
    let reader = second.client().instance("reader");
    reader.raise("go", &()).await.unwrap();
    let (a, b) = reader.result::<reads_once>().await.unwrap();
    assert!(a != b);
    let values: Vec<_> = reader
        .history()
        .await
        .unwrap()
        .events()
        .filter_map(|e| match e.event {
            Event::SideEffectRecorded { value, .. } => Some(value.as_str().to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(values, [a.to_string(), b.to_string()]);
    assert_eq!(reader.history().await.unwrap().turns[0], before.turns[0]);
    second.shutdown().await.unwrap();
}

#[activity(needs(Probe))]
async fn book(ctx: &ActivityContext, what: &str) -> Result<String, String> {
    ctx.data::<Probe>().note(format!("book {what}"));
    if what == "flight" { Err("sold out".into()) } else { Ok(what.to_owned()) }
}

#[activity(needs(Probe))]
async fn cancel(ctx: &ActivityContext, what: &str) -> Result<(), String> {
    ctx.data::<Probe>().note(format!("cancel {what}"));
    if what == "hotel" { Err("no answer".into()) } else { Ok(()) }
}

#[orchestrator]
async fn trip(ctx: &OrchestrationContext) -> Result<Vec<String>, (String, Vec<(String, String)>)> {
    let mut saga = ctx.saga();
    let mut booked = Vec::new();
    for what in ["car", "hotel", "flight"] {
        match saga.step(ctx.call(book(what)), |what| cancel(what)).await {
            Ok(what) => booked.push(what),
            Err(e) => return Err((e.error.to_string(), e.not_undone)),
        }
    }
    Ok(booked)
}

async fn a_saga_undoes_in_reverse(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(book::definition()).register(cancel::definition());
    let worker = worker.register(trip::definition()).start().await.unwrap();
    let error = worker.client().start(trip()).await.unwrap().result().await.unwrap_err();
    let (why, not_undone) = error.failed().unwrap();
    assert!(why.contains("sold out"));
    assert!(matches!(&not_undone[..], [(name, e)] if name == "cancel" && e.contains("no answer")), "{not_undone:?}");
    assert_eq!(probe.notes(), ["book car", "book hotel", "book flight", "cancel hotel", "cancel car"]);
    worker.shutdown().await.unwrap();
}
