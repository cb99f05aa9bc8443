//! External events: kept when they are early, served in order, taken by one wait, lost by none.

use std::time::Duration;

use durable::history::Event;
use durable::prelude::*;
use durable::{Client, ClientError};

use crate::common::{Hub, eventually, on_each_store};

on_each_store!(
    events_raised_before_the_wait_are_kept_in_order,
    events_raised_before_anybody_runs_it_are_kept,
    of_two_waits_for_one_name_the_older_is_served_first,
    a_select_loser_that_had_an_event_delivered_gives_it_back,
    an_event_raised_after_its_wait_lost_goes_to_the_next_wait,
    no_event_is_lost_to_waits_that_run_out_of_time,
    a_payload_of_the_wrong_shape_fails_the_execution,
    a_checked_wait_gives_a_payload_of_the_wrong_shape_as_a_value,
    messages_to_the_unknown_and_the_finished_are_errors,
    events_go_from_instance_to_instance_once,
    an_event_sent_to_nobody_is_dropped,
    a_custom_status_is_visible_while_it_runs_and_afterwards,
);

const SOON: Duration = Duration::from_millis(1);
const NEVER: Duration = Duration::from_secs(3600);

#[orchestrator]
async fn gated(ctx: &OrchestrationContext) -> Result<Vec<u64>> {
    ctx.event::<()>("gate").await;
    let mut taken = Vec::new();
    for name in ["go", "Go", "GO"] {
        taken.push(ctx.event::<u64>(name).await);
    }
    Ok(taken)
}

async fn events_raised_before_the_wait_are_kept_in_order(hub: Hub) {
    let worker = hub.worker().register(gated::definition()).start().await.unwrap();
    for client in [worker.client(), hub.client()] {
        let run = client.start(gated().instance_id("early")).await.unwrap();
        for (n, name) in ["gO", "go", "GO"].into_iter().enumerate() {
            run.instance().raise(name, &(n + 1)).await.unwrap();
        }
        run.instance().raise("GATE", &()).await.unwrap();
        assert_eq!(run.result().await.unwrap(), [1, 2, 3]);
    }
    worker.shutdown().await.unwrap();
}

async fn events_raised_before_anybody_runs_it_are_kept(hub: Hub) {
    let run = hub.client().start(gated().instance_id("unborn")).await.unwrap();
    for n in 1..=3_u64 {
        hub.client().instance("unborn").raise("go", &n).await.unwrap();
    }
    hub.client().instance("unborn").raise("gate", &()).await.unwrap();
    assert_eq!(hub.record("unborn").await.status, Status::Pending);
    let worker = hub.worker().register(gated::definition()).start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), [1, 2, 3]);
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn two_waits(ctx: &OrchestrationContext) -> Result<(u64, u64)> {
    let (older, younger) = (ctx.event::<u64>("go"), ctx.event::<u64>("GO"));
    ctx.set_custom_status("waiting")?;
    // Asked for in the other order: that changes nothing.
    let younger = younger.await;
    Ok((older.await, younger))
}

async fn of_two_waits_for_one_name_the_older_is_served_first(hub: Hub) {
    let worker = hub.worker().register(two_waits::definition()).start().await.unwrap();
    let run = worker.client().start(two_waits()).await.unwrap();
    hub.says(run.id(), "waiting").await;
    run.instance().raise("go", &1).await.unwrap();
    run.instance().raise("go", &2).await.unwrap();
    assert_eq!(run.result().await.unwrap(), (1, 2));
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn two_delivered(ctx: &OrchestrationContext) -> Result<(u64, u64, u64)> {
    let (a, b) = (ctx.event::<u64>("a"), ctx.event::<u64>("b"));
    ctx.event::<()>("gate").await;
    // Both have been given their event by now; one can win.
    let winner = durable::select! { n = a => n, n = b => n };
    // The loser's comes back, before the one that was raised after it.
    Ok((winner, ctx.event::<u64>("b").await, ctx.event::<u64>("b").await))
}

async fn a_select_loser_that_had_an_event_delivered_gives_it_back(hub: Hub) {
    let worker = hub.worker().register(two_delivered::definition()).start().await.unwrap();
    let run = worker.client().start(two_delivered()).await.unwrap();
    for (name, n) in [("b", 2), ("a", 1), ("b", 3)] {
        run.instance().raise(name, &n).await.unwrap();
    }
    run.instance().raise("gate", &()).await.unwrap();
    assert_eq!(run.result().await.unwrap(), (1, 2, 3));
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn late(ctx: &OrchestrationContext) -> Result<(Option<u64>, u64)> {
    let first = durable::select! {
        n = ctx.event::<u64>("go") => Some(n),
        _ = ctx.event::<()>("give up") => None,
    };
    ctx.set_custom_status("gave up")?;
    ctx.event::<()>("try again").await;
    Ok((first, ctx.event::<u64>("go").await))
}

async fn an_event_raised_after_its_wait_lost_goes_to_the_next_wait(hub: Hub) {
    let worker = hub.worker().register(late::definition()).start().await.unwrap();
    let run = worker.client().start(late()).await.unwrap();
    run.instance().raise("give up", &()).await.unwrap();
    hub.says(run.id(), "gave up").await;
    run.instance().raise("go", &7).await.unwrap();
    run.instance().raise("try again", &()).await.unwrap();
    assert_eq!(run.result().await.unwrap(), (None, 7));
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn impatient(ctx: &OrchestrationContext, count: usize) -> Result<Vec<u64>> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.extend(ctx.event::<u64>("go").timeout(SOON).await);
    }
    Ok(taken)
}

async fn no_event_is_lost_to_waits_that_run_out_of_time(hub: Hub) {
    const EVENTS: u64 = 50;
    let worker = hub.worker().register(impatient::definition()).start().await.unwrap();
    let run = worker.client().start(impatient(50)).await.unwrap();
    for n in 0..EVENTS {
        run.instance().raise("go", &n).await.unwrap();
        if n % 7 == 6 {
            // So that waits run out between the events, too.
            let ran_out = async || {
                let history = run.history().await.unwrap();
                let given_up = history.events().filter(|e| matches!(e.event, Event::EventAwaitCanceled { .. })).count();
                (given_up as u64 > n / 7).then_some(())
            };
            eventually(ran_out).await;
        }
    }
    assert_eq!(run.result().await.unwrap(), (0..EVENTS).collect::<Vec<_>>(), "each once, in order");
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn wants_a_number(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(ctx.event::<u64>("number").await)
}

async fn a_payload_of_the_wrong_shape_fails_the_execution(hub: Hub) {
    let worker = hub.worker().register(wants_a_number::definition()).start().await.unwrap();
    let run = worker.client().start(wants_a_number()).await.unwrap();
    run.instance().raise("number", "seven").await.unwrap();
    match run.result().await {
        Err(RunError::Ended(CallError::Invalid(text))) => {
            assert!(text.contains("event \"number\"") && text.contains("\"seven\""), "{text}");
        }
        other => panic!("{other:?}"),
    }
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn checks_a_number(ctx: &OrchestrationContext) -> Result<(u32, u64)> {
    for refused in 0.. {
        if let Ok(number) = ctx.event::<u64>("number").checked().await {
            return Ok((refused, number));
        }
    }
    Err(durable::Error::msg("no number"))
}

async fn a_checked_wait_gives_a_payload_of_the_wrong_shape_as_a_value(hub: Hub) {
    let worker = hub.worker().register(checks_a_number::definition()).start().await.unwrap();
    let run = worker.client().start(checks_a_number()).await.unwrap();
    run.instance().raise("number", "seven").await.unwrap();
    run.instance().raise("number", &[7]).await.unwrap();
    run.instance().raise("number", &7).await.unwrap();
    assert_eq!(run.result().await.unwrap(), (2, 7));
    worker.shutdown().await.unwrap();
}

async fn messages_to_the_unknown_and_the_finished_are_errors(hub: Hub) {
    async fn all(client: &Client, id: &str) -> [Result<(), ClientError>; 4] {
        let it = client.instance(id);
        [it.raise("number", &1).await, it.terminate("no").await, it.suspend("no").await, it.resume("no").await]
    }
    let worker = hub.worker().register(wants_a_number::definition()).start().await.unwrap();
    let run = worker.client().start(wants_a_number().instance_id("known")).await.unwrap();
    run.instance().raise("number", &1).await.unwrap();
    run.result().await.unwrap();
    for client in [worker.client(), hub.client()] {
        for outcome in all(&client, "unknown").await {
            assert!(matches!(&outcome, Err(ClientError::NotFound(id)) if id.as_str() == "unknown"), "{outcome:?}");
        }
        for outcome in all(&client, "known").await {
            let is_finished = matches!(&outcome, Err(ClientError::AlreadyFinished { status: Status::Completed, .. }));
            assert!(is_finished, "{outcome:?}");
        }
        assert!(matches!(client.instance("a#b").raise("x", &1).await, Err(ClientError::InvalidId(_))));
    }
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn player(ctx: &OrchestrationContext, other: &str, serves: bool, rounds: u64) -> Result<u64> {
    let mut sum = 0;
    if serves {
        ctx.send_event(other, "ball", &1_u64)?;
    }
    for _ in 0..rounds {
        let ball = ctx.event::<u64>("ball").await;
        sum += ball;
        ctx.send_event(other, "ball", &(ball + 1))?;
    }
    Ok(sum)
}

async fn events_go_from_instance_to_instance_once(hub: Hub) {
    let worker = hub.worker().register(player::definition()).start().await.unwrap();
    let client = worker.client();
    let bob = client.start(player("ann", false, 20).instance_id("bob")).await.unwrap();
    let ann = client.start(player("bob", true, 20).instance_id("ann")).await.unwrap();
    // Bob gets the odd balls, Ann the even ones.
    assert_eq!(bob.result().await.unwrap(), (1..40).step_by(2).sum::<u64>());
    assert_eq!(ann.result().await.unwrap(), (2..=40).step_by(2).sum::<u64>());
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn into_the_void(ctx: &OrchestrationContext) -> Result<bool> {
    for nobody in ["nobody", "", "a#b"] {
        ctx.send_event(nobody, "ball", &1)?;
    }
    Ok(ctx.event::<u64>("ball").timeout(SOON).await.is_none())
}

async fn an_event_sent_to_nobody_is_dropped(hub: Hub) {
    let worker = hub.worker().register(into_the_void::definition()).start().await.unwrap();
    assert!(worker.client().start(into_the_void()).await.unwrap().result().await.unwrap());
    worker.shutdown().await.unwrap();
    crate::common::check::check_all_completed(&*hub.store()).await;
}

#[orchestrator]
async fn reports(ctx: &OrchestrationContext) -> Result<()> {
    ctx.set_custom_status("overwritten in the same turn")?;
    ctx.set_custom_status("working")?;
    let go_on = ctx.event::<()>("go on").timeout(NEVER).await;
    ctx.set_custom_status(&(100, go_on.is_some()))?;
    Ok(())
}

async fn a_custom_status_is_visible_while_it_runs_and_afterwards(hub: Hub) {
    let worker = hub.worker().register(reports::definition()).start().await.unwrap();
    let run = worker.client().start(reports()).await.unwrap();
    hub.says(run.id(), "working").await;
    let status = run.status().await.unwrap();
    assert_eq!((status.status, status.custom_status.unwrap().as_str()), (Status::Running, "\"working\""));
    run.instance().raise("go on", &()).await.unwrap();
    run.result().await.unwrap();
    assert_eq!(hub.client().instance(run.id()).status().await.unwrap().custom_status.unwrap().as_str(), "[100,true]");
    worker.shutdown().await.unwrap();
}
