//! Sub-orchestrations: instances of their own, whose end their parent hears once.

use std::time::Duration;

use durable::history::Event;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

use crate::common::{Hub, Probe, eventually, on_each_store};

on_each_store!(
    children_give_typed_results_and_know_their_parent,
    a_child_that_panics_or_is_terminated_says_so,
    an_id_that_is_taken_is_a_typed_error,
    a_call_that_is_dropped_ends_nobody_elses_instance,
    an_id_whose_holder_has_ended_may_be_used_again,
    a_child_is_tried_again_as_a_new_instance,
    terminate_goes_down_to_the_grandchildren_and_their_activities,
    a_child_that_is_let_go_of_is_terminated,
    a_detached_child_outlives_its_parent,
    a_detached_child_survives_the_termination_of_its_parent,
    a_child_waits_for_a_worker_that_has_its_code,
    a_child_that_nobody_can_run_and_is_terminated_is_heard,
    a_child_that_ends_when_its_parent_is_terminated_is_not_heard,
);

const NEVER: Duration = Duration::from_secs(3600);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Refused {
    Odd { n: u64 },
}

#[orchestrator]
async fn half(ctx: &OrchestrationContext, n: u64) -> Result<(u64, String), Refused> {
    let parent = ctx.parent().map(|p| p.instance.clone()).unwrap_or_default();
    if n.is_multiple_of(2) { Ok((n / 2, parent)) } else { Err(Refused::Odd { n }) }
}

#[orchestrator]
async fn halves(ctx: &OrchestrationContext) -> Result<Vec<(u64, String)>, Refused> {
    let six = ctx.call(half(6));
    let four = ctx.call(half(4).instance_id("four")).await;
    match ctx.call(half(5)).await {
        Err(CallError::Failed(Refused::Odd { n: 5 })) => {}
        other => panic!("{other:?}"),
    }
    [six.await, four].into_iter().collect::<Result<_, _>>().map_err(|e| panic!("{e}"))
}

async fn children_give_typed_results_and_know_their_parent(hub: Hub) {
    let worker = hub.worker().register(half::definition()).register(halves::definition()).start().await.unwrap();
    let run = worker.client().start(halves().instance_id("mother")).await.unwrap();
    assert_eq!(run.result().await.unwrap(), [(3, "mother".into()), (2, "mother".into())]);
    let four = worker.client().instance("four").status().await.unwrap();
    assert_eq!((four.status, four.name.as_str()), (Status::Completed, "half"));
    let top = worker.client().start(half(8)).await.unwrap().result().await.unwrap();
    assert_eq!(top, (4, String::new()), "nobody's child");
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn ends_badly(ctx: &OrchestrationContext, how: &str) -> Result<()> {
    assert!(how != "panic", "as was asked for");
    ctx.timer(NEVER).await;
    Ok(())
}

#[orchestrator]
async fn hears_bad_ends(ctx: &OrchestrationContext) -> Result<(String, String)> {
    let waiting = ctx.call(ends_badly("wait").instance_id("waiting"));
    let panicked = match ctx.call(ends_badly("panic")).await {
        Err(CallError::Panicked(text)) => text,
        other => panic!("{other:?}"),
    };
    match waiting.await {
        Err(CallError::Terminated(why)) => Ok((panicked, why)),
        other => panic!("{other:?}"),
    }
}

async fn a_child_that_panics_or_is_terminated_says_so(hub: Hub) {
    let worker = hub.worker().register(ends_badly::definition()).register(hears_bad_ends::definition());
    let worker = worker.start().await.unwrap();
    let run = worker.client().start(hears_bad_ends()).await.unwrap();
    let waiting = worker.client().instance("waiting");
    eventually(async || waiting.terminate("by hand").await.ok()).await;
    let (panicked, terminated) = run.result().await.unwrap();
    assert!(panicked.contains("as was asked for") && terminated.contains("by hand"), "{panicked}, {terminated}");
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn waits(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(ctx.event::<u64>("go").await)
}

#[orchestrator]
async fn wants_an_id(ctx: &OrchestrationContext, id: &str) -> Result<u64> {
    match ctx.call(waits().instance_id(id)).await {
        Ok(n) => Ok(n),
        Err(CallError::Canceled(why)) => Err(durable::Error::msg(format!("not started: {why}"))),
        Err(other) => panic!("{other:?}"),
    }
}

async fn an_id_that_is_taken_is_a_typed_error(hub: Hub) {
    let worker = hub.worker().register(waits::definition()).register(wants_an_id::definition()).start().await.unwrap();
    let client = worker.client();
    let holder = client.start(waits().instance_id("taken")).await.unwrap();
    for (id, says) in [("taken", "taken exists already"), ("a#b", "\"a#b\" contains '#'"), ("", "empty")] {
        let error = client.start(wants_an_id(id)).await.unwrap().result().await.unwrap_err();
        assert!(error.failed().unwrap().to_string().contains(says), "{error:?}");
    }
    // Its own id, too.
    let own = client.start(wants_an_id("own").instance_id("own")).await.unwrap().result().await.unwrap_err();
    assert!(own.failed().unwrap().to_string().contains("own exists already"), "{own:?}");
    holder.instance().raise("go", &1).await.unwrap();
    assert_eq!(holder.result().await.unwrap(), 1, "the holder does not mind");
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn calls_and_drops(ctx: &OrchestrationContext, id: &str) -> Result<()> {
    drop(ctx.call(waits().instance_id(id)));
    let _held = ctx.call(waits().instance_id(id));
    Ok(())
}

async fn a_call_that_is_dropped_ends_nobody_elses_instance(hub: Hub) {
    let worker = hub.worker().register(waits::definition()).register(calls_and_drops::definition());
    let worker = worker.start().await.unwrap();
    let client = worker.client();
    let holder = client.start(waits().instance_id("singleton")).await.unwrap();
    client.start(calls_and_drops("singleton")).await.unwrap().result().await.unwrap();
    holder.instance().raise("go", &7).await.unwrap();
    assert_eq!(holder.result().await.unwrap(), 7);
    worker.shutdown().await.unwrap();
}

async fn an_id_whose_holder_has_ended_may_be_used_again(hub: Hub) {
    let worker = hub.worker().register(waits::definition()).register(wants_an_id::definition()).start().await.unwrap();
    let client = worker.client();
    for n in 0..3_u64 {
        let run = client.start(wants_an_id("again")).await.unwrap();
        let child = client.instance("again");
        eventually(async || child.raise("go", &n).await.ok()).await;
        assert_eq!(run.result().await.unwrap(), n);
    }
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn second_birth(ctx: &OrchestrationContext) -> Result<String> {
    match ctx.parent() {
        Some(parent) if parent.attempt > 1 => Ok(ctx.instance_id().to_owned()),
        _ => Err(durable::Error::msg("the first is for practice")),
    }
}

#[orchestrator]
async fn tries_a_child(ctx: &OrchestrationContext) -> Result<String> {
    Ok(ctx.call(second_birth().retry(RetryPolicy::fixed(3, Duration::from_millis(1)))).await?)
}

async fn a_child_is_tried_again_as_a_new_instance(hub: Hub) {
    let worker = hub.worker().register(second_birth::definition()).register(tries_a_child::definition());
    let worker = worker.start().await.unwrap();
    let run = worker.client().start(tries_a_child()).await.unwrap();
    let second = run.result().await.unwrap();
    assert_eq!(worker.client().instance(&second).status().await.unwrap().status, Status::Completed);
    let history = run.history().await.unwrap();
    let births: Vec<_> = history
        .events()
        .filter_map(|e| match e.event {
            Event::SubOrchestrationCreated(created) => Some(created.instance),
            _ => None,
        })
        .collect();
    assert_eq!((births.len(), births.last()), (2, Some(&second)), "\n{history}");
    worker.shutdown().await.unwrap();
}

#[activity(needs(Probe))]
async fn until_cancelled(ctx: &ActivityContext) -> Result<()> {
    ctx.data::<Probe>().note("runs");
    ctx.cancelled().await;
    ctx.data::<Probe>().note("cancelled");
    Ok(())
}

/// A chain of so many generations; the youngest calls the activity.
#[orchestrator]
async fn generation(ctx: &OrchestrationContext, below: u64) -> Result<()> {
    match below {
        0 => Ok(ctx.call(until_cancelled()).await?),
        n => Ok(ctx.call(generation(n - 1).instance_id(format!("generation {n}"))).await?),
    }
}

async fn terminate_goes_down_to_the_grandchildren_and_their_activities(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(until_cancelled::definition());
    let worker = worker.register(generation::definition()).start().await.unwrap();
    let run = worker.client().start(generation(3)).await.unwrap();
    probe.seen("runs").await;
    run.instance().terminate("all of you").await.unwrap();
    assert!(matches!(run.result().await, Err(RunError::Ended(CallError::Terminated(_)))));
    for n in 1..=3 {
        let descendant = worker.client().instance(format!("generation {n}"));
        let ended = descendant.result::<generation>().await;
        assert!(matches!(ended, Err(RunError::Ended(CallError::Terminated(_)))), "{n}: {ended:?}");
    }
    probe.seen("cancelled").await;
    worker.shutdown().await.unwrap();
    assert_eq!(hub.store().inbox().await.unwrap(), [], "nobody reports to the dead");
}

#[orchestrator]
async fn lets_go(ctx: &OrchestrationContext) -> Result<()> {
    let child = ctx.call(waits().instance_id("dropped"));
    let _at_the_end = ctx.call(waits().instance_id("held to the end"));
    ctx.event::<()>("drop").await;
    drop(child);
    ctx.event::<()>("end").await;
    Ok(())
}

async fn a_child_that_is_let_go_of_is_terminated(hub: Hub) {
    let worker = hub.worker().register(waits::definition()).register(lets_go::definition()).start().await.unwrap();
    let client = worker.client();
    let run = client.start(lets_go()).await.unwrap();
    for (event, child) in [("drop", "dropped"), ("end", "held to the end")] {
        eventually(async || client.instance(child).status().await.ok()).await;
        run.instance().raise(event, &()).await.unwrap();
        let ended = client.instance(child).result::<waits>().await;
        assert!(matches!(ended, Err(RunError::Ended(CallError::Terminated(_)))), "{child}: {ended:?}");
    }
    run.result().await.unwrap();
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn leaves_one_behind(ctx: &OrchestrationContext, stay: bool) -> Result<String> {
    let named = ctx.start_detached(waits().instance_id("orphan"))?;
    let derived = ctx.start_detached(waits())?;
    assert_eq!(named, "orphan");
    // Taken: nothing starts, and nothing breaks.
    ctx.start_detached(waits().instance_id("orphan"))?;
    if stay {
        ctx.timer(NEVER).await;
    }
    Ok(derived)
}

async fn a_detached_child_outlives_its_parent(hub: Hub) {
    let worker = hub.worker().register(waits::definition()).register(leaves_one_behind::definition());
    let worker = worker.start().await.unwrap();
    let client = worker.client();
    let derived = client.start(leaves_one_behind(false)).await.unwrap().result().await.unwrap();
    for (n, id) in [(1, "orphan"), (2, derived.as_str())] {
        client.instance(id).raise("go", &n).await.unwrap();
        assert_eq!(client.instance(id).result::<waits>().await.unwrap(), n);
    }
    worker.shutdown().await.unwrap();
    crate::common::check::check_all_completed(&*hub.store()).await;
}

async fn a_detached_child_survives_the_termination_of_its_parent(hub: Hub) {
    let worker = hub.worker().register(waits::definition()).register(leaves_one_behind::definition());
    let worker = worker.start().await.unwrap();
    let client = worker.client();
    let run = client.start(leaves_one_behind(true)).await.unwrap();
    eventually(async || client.instance("orphan").status().await.ok()).await;
    run.instance().terminate("enough").await.unwrap();
    assert!(run.result().await.is_err());
    client.instance("orphan").raise("go", &1).await.unwrap();
    assert_eq!(client.instance("orphan").result::<waits>().await.unwrap(), 1);
    worker.shutdown().await.unwrap();
}

async fn a_child_waits_for_a_worker_that_has_its_code(hub: Hub) {
    let parents = hub.worker().register(wants_an_id::definition()).start().await.unwrap();
    let run = parents.client().start(wants_an_id("stranger")).await.unwrap();
    let stranger = parents.client().instance("stranger");
    eventually(async || stranger.status().await.ok().filter(|s| s.status == Status::Parked)).await;
    let children = hub.worker().register(waits::definition()).start().await.unwrap();
    children.client().instance("stranger").raise("go", &9).await.unwrap();
    assert_eq!(run.result().await.unwrap(), 9);
    parents.shutdown().await.unwrap();
    children.shutdown().await.unwrap();
}

#[orchestrator]
async fn has_a_stranger(ctx: &OrchestrationContext) -> Result<bool> {
    let ended = ctx.call(waits().instance_id("stranger")).await;
    Ok(matches!(ended, Err(CallError::Terminated(_))))
}

async fn a_child_that_nobody_can_run_and_is_terminated_is_heard(hub: Hub) {
    let worker = hub.worker().register(has_a_stranger::definition()).start().await.unwrap();
    let run = worker.client().start(has_a_stranger()).await.unwrap();
    let stranger = worker.client().instance("stranger");
    eventually(async || stranger.status().await.ok().filter(|s| s.status == Status::Parked)).await;
    stranger.terminate("nobody will").await.unwrap();
    assert!(run.result().await.unwrap());
    worker.shutdown().await.unwrap();
}

async fn a_child_that_ends_when_its_parent_is_terminated_is_not_heard(hub: Hub) {
    let worker = hub.worker().register(waits::definition()).register(wants_an_id::definition()).start().await.unwrap();
    let client = worker.client();
    for n in 0..10 {
        let id = format!("child {n}");
        let run = client.start(wants_an_id(&id)).await.unwrap();
        let child = client.instance(&id);
        eventually(async || child.status().await.ok()).await;
        let (raised, terminated) = tokio::join!(child.raise("go", &7), run.instance().terminate("enough"));
        // Either of them may have been first.
        let (parent, child) = (run.result().await, child.result::<waits>().await);
        let is_terminated =
            |e: &Result<u64, RunError<durable::Error>>| matches!(e, Err(RunError::Ended(CallError::Terminated(_))));
        assert!(parent == Ok(7) || is_terminated(&parent), "{parent:?}");
        assert!(child == Ok(7) || is_terminated(&child), "{child:?}");
        assert!(raised.is_ok() || is_terminated(&child), "{raised:?}");
        assert!(terminated.is_ok() || parent == Ok(7), "{terminated:?}");
    }
    worker.shutdown().await.unwrap();
    assert_eq!(hub.store().inbox().await.unwrap(), [], "no report lies about");
}
