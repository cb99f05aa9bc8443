//! What a client is told of an instance: its row, its start, and what it waits for.

use std::time::Duration;

use durable::prelude::*;
use durable::{ClientError, Timestamp, WaitingFor};
use serde::{Deserialize, Serialize};

use crate::common::{Hub, Probe, on_each_store};

on_each_store!(
    input_and_custom_status_come_back_typed,
    a_child_knows_its_parent,
    it_waits_for_activities_timers_events_and_children,
    it_waits_for_the_next_attempt,
    a_wait_that_was_served_or_dropped_is_none,
    before_its_start_it_waits_for_that,
    without_a_worker_it_waits_for_one,
    suspended_it_waits_for_a_resume_too,
    parked_it_waits_for_a_repair,
    histories_of_executions_that_are_not_kept_are_not_found,
    workers_and_figures_are_told,
);

const NEVER: Duration = Duration::from_secs(3600);

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Order {
    id: String,
    cents: u64,
}

#[activity(needs(Probe))]
async fn wait_for(ctx: &ActivityContext, note: &str) -> Result<()> {
    ctx.data::<Probe>().seen(note).await;
    Ok(())
}

#[activity(needs(Probe))]
async fn fails(ctx: &ActivityContext) -> Result<()> {
    ctx.data::<Probe>().note(format!("attempt {}", ctx.attempt()));
    Err(durable::Error::msg("not yet"))
}

#[orchestrator]
async fn takes_order(ctx: &OrchestrationContext, order: Order) -> Result<u64> {
    ctx.set_custom_status(&order)?;
    Ok(order.cents)
}

#[orchestrator]
async fn takes_two(ctx: &OrchestrationContext, _name: &str, n: u32) -> Result<u32> {
    let _ = ctx.event::<()>("go").await;
    Ok(n)
}

#[orchestrator]
async fn waits_for_all(ctx: &OrchestrationContext) -> Result<()> {
    let work = ctx.call(wait_for("work"));
    let timer = ctx.timer(NEVER);
    let child = ctx.call(takes_two("child", 1).instance_id("child"));
    ctx.set_custom_status("waits")?;
    ctx.event::<()>("Approved").await;
    drop(timer);
    work.await?;
    child.await?;
    Ok(())
}

#[orchestrator]
async fn tries_again(ctx: &OrchestrationContext) -> Result<()> {
    Ok(ctx.call(fails().retry(RetryPolicy::fixed(3, NEVER))).await?)
}

#[orchestrator]
async fn serves_and_drops(ctx: &OrchestrationContext) -> Result<u32> {
    let first = ctx.event::<u32>("item").await;
    let dropped = ctx.event::<u32>("item");
    let kept = ctx.event::<u32>("ITEM");
    drop(dropped);
    let _timer = ctx.timer(NEVER);
    ctx.set_custom_status("waits")?;
    Ok(first + kept.await)
}

async fn worker(hub: &Hub, probe: &Probe) -> Worker {
    let worker = hub.worker().data(probe.clone()).register(wait_for::definition()).register(fails::definition());
    let worker = worker.register(takes_order::definition()).register(takes_two::definition());
    let worker = worker.register(waits_for_all::definition()).register(tries_again::definition());
    worker.register(serves_and_drops::definition()).start().await.unwrap()
}

async fn input_and_custom_status_come_back_typed(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).await;
    let order = || Order { id: "order-7".into(), cents: 1_250 };
    let run = worker.client().start(takes_order(order())).await.unwrap();
    run.result().await.unwrap();
    let instance = hub.client().instance(run.id());
    assert_eq!(instance.input::<Order>().await.unwrap(), order());
    assert_eq!(instance.input::<(Order,)>().await.unwrap().0, order());
    assert_eq!(instance.custom_status::<Order>().await.unwrap(), Some(order()));
    let wrong = instance.input::<u32>().await.unwrap_err();
    assert!(matches!(&wrong, ClientError::Unreadable { reason, .. } if reason.contains("u32")), "{wrong:?}");
    assert!(matches!(instance.custom_status::<u32>().await, Err(ClientError::Unreadable { .. })));
    let status = run.status().await.unwrap();
    assert_eq!(status.input.unwrap().as_str(), r#"[{"id":"order-7","cents":1250}]"#);
    assert_eq!((status.waiting_for, status.origin, status.parent), (vec![], None, None));

    // Also before anybody has run it.
    let later = hub.client().start(takes_two("a", 3).start_after(NEVER)).await.unwrap();
    assert_eq!(later.instance().input::<(String, u32)>().await.unwrap(), ("a".into(), 3));
    assert_eq!(later.instance().custom_status::<u32>().await.unwrap(), None);
    later.instance().terminate("enough").await.unwrap();
    later.instance().finished().await.unwrap();
    assert_eq!(later.instance().input::<(String, u32)>().await.unwrap(), ("a".into(), 3));

    let nobody = hub.client().instance("nobody");
    assert!(matches!(nobody.input::<u32>().await, Err(ClientError::NotFound(_))));
    assert!(matches!(nobody.custom_status::<u32>().await, Err(ClientError::NotFound(_))));
    worker.shutdown().await.unwrap();
}

async fn a_child_knows_its_parent(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).await;
    let run = worker.client().start(waits_for_all().instance_id("parent")).await.unwrap();
    hub.client().instance("parent").started().await.unwrap();
    hub.says("parent", "waits").await;
    let child = worker.client().instance("child").status().await.unwrap();
    let parent = child.parent.unwrap();
    assert_eq!((&*parent.instance, parent.execution.0, parent.task.0), ("parent", 0, 2));
    run.instance().terminate("enough").await.unwrap();
    run.instance().finished().await.unwrap();
    worker.client().instance("child").finished().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn it_waits_for_activities_timers_events_and_children(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(waits_for_all()).await.unwrap();
    hub.says(run.id(), "waits").await;
    let status = run.status().await.unwrap();
    let [activity, timer, child, event] = &status.waiting_for[..] else { panic!("{:#?}", status.waiting_for) };
    let began = status.created_at;
    let is_now = |since: &Timestamp| (*since - began) < Duration::from_secs(30) && *since >= began;
    assert!(
        matches!(activity, WaitingFor::Activity { task, name, attempt: 1, since, next_retry_at: None, .. }
            if task.0 == 0 && name == "wait_for" && is_now(since)),
        "{activity}"
    );
    assert!(matches!(timer, WaitingFor::Timer { task, fires_at, .. } if task.0 == 1 && *fires_at - began >= NEVER));
    assert!(
        matches!(child, WaitingFor::SubOrchestration { task, instance, name, attempt: 1, .. }
            if task.0 == 2 && instance == "child" && name == "takes_two"),
        "{child}"
    );
    assert!(matches!(event, WaitingFor::Event { task, name } if task.0 == 3 && name == "Approved"), "{event}");
    let lines: Vec<String> = status.waiting_for.iter().map(ToString::to_string).collect();
    assert!(lines[0].starts_with("#0: activity `wait_for`, attempt 1, since 2"), "{lines:?}");
    assert_eq!(lines[3], "#3: event \"Approved\"");

    probe.note("work");
    run.instance().raise("approved", &()).await.unwrap();
    worker.client().instance("child").raise("go", &()).await.unwrap();
    run.result().await.unwrap();
    assert_eq!(run.status().await.unwrap().waiting_for, []);
    worker.shutdown().await.unwrap();
}

async fn it_waits_for_the_next_attempt(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(tries_again()).await.unwrap();
    hub.until(run.id(), |r| r.wake_at.is_some()).await;
    let status = run.status().await.unwrap();
    let [WaitingFor::Activity { name, attempt: 1, next_retry_at: Some(at), .. }] = &status.waiting_for[..] else {
        panic!("{:?}", status.waiting_for)
    };
    assert_eq!(name, "fails");
    assert!(*at - status.created_at >= NEVER);
    assert!(status.waiting_for[0].to_string().contains("attempt 1 has failed, the next one begins at"));
    run.instance().terminate("enough").await.unwrap();
    run.instance().finished().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn a_wait_that_was_served_or_dropped_is_none(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).await;
    let run = worker.client().start(serves_and_drops()).await.unwrap();
    let waits = async || run.status().await.unwrap().waiting_for;
    assert!(matches!(&waits().await[..], [WaitingFor::Event { task, .. }] if task.0 == 0));
    run.instance().raise("ITEM", &1).await.unwrap();
    hub.says(run.id(), "waits").await;
    let waiting = waits().await;
    assert!(
        matches!(&waiting[..], [WaitingFor::Event { task, .. }, WaitingFor::Timer { .. }] if task.0 == 2),
        "{waiting:?}"
    );
    run.instance().raise("item", &2).await.unwrap();
    assert_eq!(run.result().await.unwrap(), 3);
    worker.shutdown().await.unwrap();
}

async fn before_its_start_it_waits_for_that(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).await;
    let at: Timestamp = (std::time::SystemTime::now() + NEVER).into();
    let run = worker.client().start(takes_two("a", 1).start_at(at)).await.unwrap();
    assert_eq!(run.status().await.unwrap().waiting_for, [WaitingFor::Start { at }]);
    run.instance().terminate("enough").await.unwrap();
    run.instance().finished().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn without_a_worker_it_waits_for_one(hub: Hub) {
    let run = hub.client().start(takes_two("a", 1)).await.unwrap();
    let status = run.status().await.unwrap();
    assert_eq!(status.status, Status::Pending);
    let since = status.created_at;
    let expected = WaitingFor::Worker { name: "takes_two".into(), version: String::new(), since };
    assert_eq!(status.waiting_for, [expected]);
    assert!(status.waiting_for[0].to_string().starts_with("a worker that runs `takes_two`, since 2"));
    let worker = worker(&hub, &Probe::default()).await;
    run.instance().started().await.unwrap();
    run.instance().raise("go", &()).await.unwrap();
    run.result().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn suspended_it_waits_for_a_resume_too(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).await;
    let run = worker.client().start(takes_two("a", 1)).await.unwrap();
    run.instance().suspend("an audit").await.unwrap();
    hub.until(run.id(), |r| r.status == Status::Suspended).await;
    let waiting = run.status().await.unwrap().waiting_for;
    assert!(
        matches!(&waiting[..], [WaitingFor::Resume { reason }, WaitingFor::Event { .. }] if reason == "an audit"),
        "{waiting:?}"
    );
    run.instance().resume("done").await.unwrap();
    hub.until(run.id(), |r| r.status == Status::Running).await;
    assert!(matches!(&run.status().await.unwrap().waiting_for[..], [WaitingFor::Event { .. }]));
    run.instance().raise("go", &()).await.unwrap();
    run.result().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn parked_it_waits_for_a_repair(hub: Hub) {
    let stranger = hub.worker().start().await.unwrap();
    let run = hub.client().start(takes_two("a", 1)).await.unwrap();
    hub.until(run.id(), |r| r.status == Status::Parked).await;
    let status = run.status().await.unwrap();
    let reason = status.parked_reason.unwrap();
    assert!(reason.contains("`takes_two`"), "{reason}");
    assert_eq!((status.waiting_for, status.suspect), (vec![WaitingFor::Repair { reason }], None));
    run.instance().terminate("enough").await.unwrap();
    run.instance().finished().await.unwrap();
    stranger.shutdown().await.unwrap();
}

async fn histories_of_executions_that_are_not_kept_are_not_found(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).await;
    let run = worker.client().start(takes_order(Order { id: "a".into(), cents: 1 })).await.unwrap();
    run.result().await.unwrap();
    let instance = run.instance();
    assert_eq!(instance.executions().await.unwrap(), [durable::ExecutionId(0)]);
    let own = instance.history_of(durable::ExecutionId(0)).await.unwrap();
    assert_eq!(own, instance.history().await.unwrap());
    let error = instance.history_of(durable::ExecutionId(1)).await.unwrap_err();
    assert!(matches!(error, ClientError::NoSuchExecution { execution, .. } if execution.0 == 1), "{error:?}");
    assert!(matches!(hub.client().instance("nobody").executions().await, Err(ClientError::NotFound(_))));
    worker.shutdown().await.unwrap();
}

async fn workers_and_figures_are_told(hub: Hub) {
    assert_eq!(hub.client().workers().await.unwrap(), []);
    let worker = worker(&hub, &Probe::default()).await;
    let other = hub.worker().name("the other").start().await.unwrap();
    let workers = hub.client().workers().await.unwrap();
    assert_eq!(workers.len(), 2);
    let named = workers.iter().find(|w| w.name == "the other").unwrap();
    assert!(named.offers.is_empty());
    let offers: Vec<_> = workers.iter().flat_map(|w| &w.offers).map(|o| (&*o.name, &*o.version)).collect();
    assert!(offers.contains(&("takes_two", "")), "{offers:?}");
    other.shutdown().await.unwrap();
    assert_eq!(hub.client().workers().await.unwrap().len(), 1);

    let run = worker.client().start(takes_two("a", 1).request_id("k")).await.unwrap();
    hub.client().start(takes_two("a", 1).start_after(NEVER).instance_id("later")).await.unwrap();
    let figures = worker.client().statistics().await.unwrap();
    assert_eq!((figures.instances(), figures.workers, figures.requests), (2, 1, 1));
    assert_eq!((figures.count(Status::Running), figures.count(Status::Pending)), (1, 1));
    assert_eq!((figures.ready, figures.oldest_ready), (0, None));
    run.instance().raise("go", &()).await.unwrap();
    run.result().await.unwrap();
    hub.client().instance("later").terminate("enough").await.unwrap();
    hub.client().instance("later").finished().await.unwrap();
    worker.shutdown().await.unwrap();
    assert_eq!(hub.client().statistics().await.unwrap().workers, 0);
}
