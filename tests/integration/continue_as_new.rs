//! Continue-as-new: a new history under the same id, and nothing lost on the way.

use durable::history::Event;
use durable::prelude::*;

use crate::common::{Hub, on_each_store};

on_each_store!(
    no_event_is_lost_or_doubled_while_it_continues_as_new,
    nor_while_its_workers_come_and_go,
    events_are_dropped_when_that_is_asked_for,
    it_may_go_on_as_another_orchestrator,
    a_child_that_ends_after_its_parent_continued_as_new_is_not_heard,
    who_waits_for_the_result_waits_for_the_last_execution,
);

#[orchestrator]
async fn adder(ctx: &OrchestrationContext, mut left: u64, mut sum: u64) -> Result<u64> {
    // Executions of one to three events, so that some end with events in their hands.
    let here = (1 + ctx.random::<u64>() % 3).min(left);
    for _ in 0..here {
        sum += ctx.event::<u64>("add").await;
        left -= 1;
    }
    if left == 0 { Ok(sum) } else { ctx.continue_as_new(adder(left, sum)).await }
}

const SENDERS: u64 = 4;
const EACH: u64 = 60;

/// Several senders at the same time, beside the worker and elsewhere.
fn send_many(client: &Client, elsewhere: &Client) -> tokio::task::JoinSet<()> {
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..SENDERS {
        let client = if sender % 2 == 0 { client.clone() } else { elsewhere.clone() };
        senders.spawn(async move {
            for n in 0..EACH {
                client.instance("adder").raise("add", &(sender * 1000 + n)).await.unwrap();
            }
        });
    }
    senders
}

fn total() -> u64 {
    (0..SENDERS).flat_map(|s| (0..EACH).map(move |n| s * 1000 + n)).sum()
}

async fn no_event_is_lost_or_doubled_while_it_continues_as_new(hub: Hub) {
    let worker = hub.worker().register(adder::definition()).start().await.unwrap();
    let run = worker.client().start(adder(SENDERS * EACH, 0).instance_id("adder")).await.unwrap();
    let elsewhere = Client::new(hub.elsewhere().await);
    send_many(&worker.client(), &elsewhere).join_all().await;
    assert_eq!(run.result().await.unwrap(), total());
    assert!(u64::from(run.status().await.unwrap().execution.0) >= SENDERS * EACH / 3 - 1);
    worker.shutdown().await.unwrap();
    crate::common::check::check_all_completed(&*hub.store()).await;
}

async fn nor_while_its_workers_come_and_go(hub: Hub) {
    let client = hub.client();
    client.start(adder(SENDERS * EACH, 0).instance_id("adder")).await.unwrap();
    let senders = send_many(&client, &client);
    for part in 1..=3 {
        let worker = hub.worker().register(adder::definition()).start().await.unwrap();
        hub.until("adder", |r| r.execution.0 >= part * 10).await;
        worker.shutdown().await.unwrap();
    }
    let worker = hub.worker().register(adder::definition()).start().await.unwrap();
    senders.join_all().await;
    assert_eq!(client.instance("adder").result::<adder>().await.unwrap(), total());
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn forgetful(ctx: &OrchestrationContext, again: bool) -> Result<u64> {
    if again {
        ctx.event::<()>("gate").await;
        return ctx.continue_as_new(forgetful(false)).drop_events().await;
    }
    ctx.set_custom_status("again")?;
    Ok(ctx.event::<u64>("go").await)
}

async fn events_are_dropped_when_that_is_asked_for(hub: Hub) {
    let worker = hub.worker().register(forgetful::definition()).start().await.unwrap();
    let run = worker.client().start(forgetful(true)).await.unwrap();
    run.instance().raise("go", &1).await.unwrap();
    run.instance().raise("gate", &()).await.unwrap();
    hub.says(run.id(), "again").await;
    run.instance().raise("go", &2).await.unwrap();
    assert_eq!(run.result().await.unwrap(), 2);
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn caterpillar(ctx: &OrchestrationContext) -> Result<String> {
    ctx.continue_as_new(butterfly(ctx.instance_id())).await
}

#[orchestrator(version = "2")]
async fn butterfly(ctx: &OrchestrationContext, was: &str) -> Result<String> {
    Ok(format!("{was} is {}@{}, execution {}", ctx.name(), ctx.version(), ctx.execution_id()))
}

async fn it_may_go_on_as_another_orchestrator(hub: Hub) {
    let worker = hub.worker().register(caterpillar::definition()).register(butterfly::definition());
    let worker = worker.start().await.unwrap();
    let run = worker.client().start(caterpillar().instance_id("it")).await.unwrap();
    assert_eq!(run.result().await.unwrap(), format!("it is butterfly@2, execution {}", durable::ExecutionId(1)));
    let status = run.status().await.unwrap();
    assert_eq!((status.name.as_str(), status.version.as_str()), ("butterfly", "2"));
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn child(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(ctx.event::<u64>("go").await)
}

/// Both executions have one operation, a child: the first one's must not answer for the second's.
#[orchestrator]
async fn parent(ctx: &OrchestrationContext, generation: u64) -> Result<u64> {
    let id = format!("{}-child-{generation}", ctx.instance_id());
    let call = ctx.call(child().instance_id(id));
    if generation == 0 {
        ctx.event::<()>("next").await;
        return ctx.continue_as_new(parent(1)).await;
    }
    Ok(call.await?)
}

async fn a_child_that_ends_after_its_parent_continued_as_new_is_not_heard(hub: Hub) {
    let worker = hub.worker().register(child::definition()).register(parent::definition()).start().await.unwrap();
    let client = worker.client();
    for n in 0..10 {
        let id = format!("p{n}");
        let run = client.start(parent(0).instance_id(&id)).await.unwrap();
        let (first, second) = (format!("{id}-child-0"), format!("{id}-child-1"));
        let is_there = async |child: &str| {
            crate::common::eventually(async || client.instance(child).status().await.ok()).await;
        };
        is_there(&first).await;
        // At the same time: the end of the first child, and of the execution that waits for it.
        let (first, me) = (client.instance(&first), client.instance(&id));
        let (raised, next) = tokio::join!(first.raise("go", &111), me.raise("next", &()));
        next.unwrap();
        is_there(&second).await;
        // It had its event before it was let go of, or it is terminated.
        let ended = first.result::<child>().await;
        assert!(
            raised.is_err() || ended == Ok(111) || matches!(ended, Err(RunError::Ended(CallError::Terminated(_)))),
            "{ended:?}"
        );
        client.instance(&second).raise("go", &222).await.unwrap();
        assert_eq!(run.result().await.unwrap(), 222);
        let history = run.history().await.unwrap();
        let reports = history.events().filter(|e| {
            matches!(e.event, Event::SubOrchestrationCompleted { .. } | Event::SubOrchestrationFailed { .. })
        });
        assert_eq!(reports.count(), 1, "\n{history}");
    }
    worker.shutdown().await.unwrap();
    assert_eq!(hub.store().inbox().await.unwrap(), [], "no report lies about");
}

#[orchestrator]
async fn countdown(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    match n {
        0 => Ok(ctx.execution_id().0.into()),
        n => ctx.continue_as_new(countdown(n - 1)).await,
    }
}

async fn who_waits_for_the_result_waits_for_the_last_execution(hub: Hub) {
    let worker = hub.worker().register(countdown::definition()).start().await.unwrap();
    let run = worker.client().start(countdown(40).instance_id("countdown")).await.unwrap();
    let elsewhere = Client::new(hub.elsewhere().await);
    let other = tokio::spawn(async move { elsewhere.instance("countdown").result::<countdown>().await });
    assert_eq!(run.result().await.unwrap(), 40);
    assert_eq!(other.await.unwrap().unwrap(), 40);
    worker.shutdown().await.unwrap();
}
