//! Rewinding what has failed: what had a result keeps it, what failed runs again.

use std::time::Duration;

use durable::history::{Event, OriginKind};
use durable::prelude::*;
use durable::{ClientError, ExecutionId};

use crate::common::{Hub, Probe, on_each_store};

on_each_store!(
    a_failed_parent_goes_on_with_its_failed_children_alone,
    a_failed_activity_runs_again_and_those_before_do_not,
    the_history_before_stays_readable,
    a_rewind_with_a_request_id_happens_once,
    what_has_not_failed_is_not_rewound,
    what_was_terminated_goes_on,
    it_may_fail_and_be_rewound_again,
    a_rewind_waits_for_a_worker,
    a_child_that_is_rewound_alone_ends_alone,
    a_saga_that_was_compensated_is_not_rewound,
    a_rewind_sent_again_is_answered_as_then_whatever_came_of_it,
    a_fork_is_rewound_while_the_children_of_its_origin_run,
);

/// Fails until this is noted.
#[activity(needs(Probe))]
async fn needs_note(ctx: &ActivityContext, what: &str) -> Result<String> {
    let probe = ctx.data::<Probe>();
    probe.note(format!("{what} runs"));
    if probe.count(what) > 0 { Ok(what.to_owned()) } else { Err(durable::Error::msg(format!("no {what}"))) }
}

#[orchestrator]
async fn child(ctx: &OrchestrationContext, what: &str) -> Result<String> {
    ctx.call(needs_note("always")).await?;
    Ok(ctx.call(needs_note(what)).await?)
}

#[orchestrator]
async fn parent(ctx: &OrchestrationContext) -> Result<Vec<String>> {
    let before = ctx.call(needs_note("before")).await?;
    let children = ["a", "b", "c"].map(|what| ctx.call(child(what).instance_id(format!("child-{what}"))));
    let mut all = vec![before];
    for ended in durable::join_all(children).await {
        all.push(ended?);
    }
    all.push(ctx.call(needs_note("after")).await?);
    Ok(all)
}

#[orchestrator]
async fn two_steps(ctx: &OrchestrationContext) -> Result<(String, String, u64, String)> {
    let random = ctx.random::<u64>();
    let first = ctx.call(needs_note("always")).await?;
    let second = ctx.call(needs_note("second")).await?;
    Ok((first, second, random, ctx.instance_id().to_owned()))
}

#[orchestrator]
async fn waits_beside_a_child(ctx: &OrchestrationContext) -> Result<String> {
    let child = ctx.call(waits().instance_id("the-child"));
    let told = ctx.event::<String>("told").await;
    if told == "fail" {
        return Err(durable::Error::msg("told to"));
    }
    let (_, heard) = child.await?;
    Ok(heard)
}

#[orchestrator]
async fn booking(ctx: &OrchestrationContext) -> Result<String> {
    let mut saga = ctx.saga();
    let car = saga.step(ctx.call(needs_note("always")), |_| needs_note("undo")).await.map_err(|e| e.error)?;
    let hotel = saga.step(ctx.call(needs_note("hotel")), |_| needs_note("undo")).await.map_err(|e| e.error)?;
    Ok(format!("{car}, {hotel}"))
}

#[orchestrator]
async fn waits(ctx: &OrchestrationContext) -> Result<(String, String)> {
    let first = ctx.call(needs_note("always")).await?;
    Ok((first, ctx.event::<String>("go").await))
}

async fn worker(hub: &Hub, probe: &Probe) -> Worker {
    let worker = hub.worker().data(probe.clone()).register(needs_note::definition()).register(child::definition());
    let worker = worker.register(parent::definition()).register(two_steps::definition());
    let worker = worker.register(waits::definition()).register(waits_beside_a_child::definition());
    worker.register(booking::definition()).start().await.unwrap()
}

fn noted(notes: &[&str]) -> Probe {
    let probe = Probe::default();
    notes.iter().for_each(|note| probe.note(*note));
    probe
}

async fn a_failed_parent_goes_on_with_its_failed_children_alone(hub: Hub) {
    let probe = noted(&["always", "before", "after", "c"]);
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(parent().instance_id("parent")).await.unwrap();
    let failed = run.instance().finished().await.unwrap();
    assert_eq!(failed.status, Status::Failed);
    for (id, status) in [("child-a", Status::Failed), ("child-b", Status::Failed), ("child-c", Status::Completed)] {
        hub.until(id, |r| r.status == status).await;
    }
    probe.note("a");
    probe.note("b");
    hub.client().instance("parent").rewind("a and b are there").await.unwrap();
    let all = hub.client().instance("parent").result::<parent>().await.unwrap();
    assert_eq!(all, ["before", "a", "b", "c", "after"]);
    let runs = |what: &str| probe.count(&format!("{what} runs"));
    assert_eq!(["before", "a", "b", "c", "after", "always"].map(runs), [1, 2, 2, 1, 1, 3]);
    for (id, execution) in [("parent", 1), ("child-a", 1), ("child-b", 1), ("child-c", 0)] {
        let record = hub.record(id).await;
        assert_eq!((record.status, record.execution.0), (Status::Completed, execution), "{id}");
    }
    worker.shutdown().await.unwrap();
}

async fn a_failed_activity_runs_again_and_those_before_do_not(hub: Hub) {
    let probe = noted(&["always"]);
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(two_steps().instance_id("two")).await.unwrap();
    assert_eq!(run.instance().finished().await.unwrap().status, Status::Failed);
    probe.note("second");
    hub.client().instance("two").rewind("it is there").await.unwrap();
    let (first, second, _, known_as) = run.instance().result::<two_steps>().await.unwrap();
    assert_eq!((&*first, &*second, &*known_as), ("always", "second", "two"));
    assert_eq!((probe.count("always runs"), probe.count("second runs")), (1, 2));
    worker.shutdown().await.unwrap();
}

async fn the_history_before_stays_readable(hub: Hub) {
    let probe = noted(&["always"]);
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(two_steps()).await.unwrap();
    run.instance().finished().await.unwrap();
    let before = run.history().await.unwrap();
    probe.note("second");
    run.instance().rewind("it is there").await.unwrap();
    run.instance().result::<two_steps>().await.unwrap();
    let instance = hub.client().instance(run.id());
    assert_eq!(instance.executions().await.unwrap(), [ExecutionId(0), ExecutionId(1)]);
    assert_eq!(instance.history_of(ExecutionId(0)).await.unwrap(), before);
    let after = instance.history().await.unwrap();
    assert_eq!(after.execution, ExecutionId(1));
    // The same up to the failure, and then says what happened.
    assert_eq!(after.turns[0].decisions, before.turns[0].decisions);
    let says = after.events().find_map(|e| match e.event {
        Event::ExecutionRewound { execution, reason } => Some((execution, reason)),
        _ => None,
    });
    assert_eq!(says, Some((ExecutionId(0), "it is there".to_owned())));
    assert!(!after.events().any(|e| matches!(e.event, Event::TaskFailed { .. })), "without the failure");
    let origin = instance.status().await.unwrap().origin.unwrap();
    assert_eq!((origin.kind, origin.execution), (OriginKind::Rewind, ExecutionId(0)));
    assert_eq!(origin.instance, run.id().as_str());
    // A purge takes all of it.
    let key = hub.record(run.id()).await.key;
    instance.purge().await.unwrap();
    for execution in [0, 1] {
        assert!(hub.store().history(key, ExecutionId(execution)).await.unwrap().is_empty());
    }
    worker.shutdown().await.unwrap();
}

async fn a_rewind_with_a_request_id_happens_once(hub: Hub) {
    let probe = noted(&["always"]);
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(two_steps()).await.unwrap();
    run.instance().finished().await.unwrap();
    run.instance().rewind("try").request_id("k").await.unwrap();
    // While it runs, and when it has failed again.
    run.instance().rewind("try").request_id("k").await.unwrap();
    let end = run.instance().finished().await.unwrap();
    assert_eq!((end.status, end.execution.0), (Status::Failed, 1));
    hub.client().instance(run.id()).rewind("try").request_id("k").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let still = run.status().await.unwrap();
    assert_eq!((still.status, still.execution.0), (Status::Failed, 1));
    let error = run.instance().terminate("enough").request_id("k").await.unwrap_err();
    assert!(matches!(error, ClientError::RequestIdReused { .. }), "{error:?}");
    worker.shutdown().await.unwrap();
}

async fn a_saga_that_was_compensated_is_not_rewound(hub: Hub) {
    let probe = noted(&["always", "undo"]);
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(booking()).await.unwrap();
    run.result().await.unwrap_err();
    probe.note("hotel");
    // What was undone would count as done.
    let error = run.instance().rewind("the hotel is open").await.unwrap_err();
    assert_eq!(error, ClientError::Compensated(run.id().clone()));
    run.instance().restart().await.unwrap();
    assert_eq!(worker.client().instance(run.id()).result::<booking>().await.unwrap(), "always, hotel");
    worker.shutdown().await.unwrap();
}

async fn a_rewind_sent_again_is_answered_as_then_whatever_came_of_it(hub: Hub) {
    let probe = noted(&["undo"]);
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(booking()).await.unwrap();
    // The first step failed: there was nothing to undo.
    run.result().await.unwrap_err();
    probe.note("always");
    run.instance().rewind("the cars are back").request_id("k").await.unwrap();
    run.instance().finished().await.unwrap();
    // By now a saga has been compensated, which refuses a new request, but not this one.
    run.instance().rewind("the cars are back").request_id("k").await.unwrap();
    assert_eq!(run.status().await.unwrap().execution, ExecutionId(1));
    let error = run.instance().rewind("?").request_id("another").await.unwrap_err();
    assert_eq!(error, ClientError::Compensated(run.id().clone()));
    worker.shutdown().await.unwrap();
}

async fn a_fork_is_rewound_while_the_children_of_its_origin_run(hub: Hub) {
    let worker = worker(&hub, &noted(&["always"])).await;
    let client = worker.client();
    let origin = client.start(waits_beside_a_child().instance_id("origin")).await.unwrap();
    hub.until("the-child", |r| r.status == Status::Running).await;
    let turns = origin.history().await.unwrap().turns;
    let at = turns[0].next_seq();
    origin.instance().fork(at).instance_id("fork").await.unwrap();
    client.instance("fork").raise("told", "fail").await.unwrap();
    client.instance("fork").finished().await.unwrap();
    // The child of the origin has the name that stands in the fork's history, and runs on.
    client.instance("fork").rewind("it was a mistake").await.unwrap();
    // The event that made it fail is given to it again.
    client.instance("fork").finished().await.unwrap();
    origin.instance().terminate("enough").await.unwrap();
    origin.instance().finished().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn what_has_not_failed_is_not_rewound(hub: Hub) {
    let probe = noted(&["always"]);
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(waits()).await.unwrap();
    for client in [worker.client(), hub.client()] {
        let error = client.instance(run.id()).rewind("?").await.unwrap_err();
        assert_eq!(error, ClientError::NotRewindable { id: run.id().clone(), status: Status::Running });
        assert!(matches!(client.instance("nobody").rewind("?").await, Err(ClientError::NotFound(_))));
        assert!(matches!(client.instance("a#b").rewind("?").await, Err(ClientError::InvalidId(_))));
    }
    run.instance().raise("go", "x").await.unwrap();
    run.result().await.unwrap();
    let error = run.instance().rewind("?").await.unwrap_err();
    assert_eq!(error, ClientError::NotRewindable { id: run.id().clone(), status: Status::Completed });
    assert_eq!(run.history().await.unwrap().execution.0, 0);
    worker.shutdown().await.unwrap();
}

async fn what_was_terminated_goes_on(hub: Hub) {
    let probe = noted(&["always"]);
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(waits()).await.unwrap();
    probe.seen("always runs").await;
    hub.until(run.id(), |r| r.owner.is_none()).await;
    run.instance().terminate("by mistake").await.unwrap();
    assert_eq!(run.instance().finished().await.unwrap().status, Status::Terminated);
    run.instance().rewind("it was a mistake").await.unwrap();
    run.instance().raise("go", "x").await.unwrap();
    let value = run.instance().result::<waits>().await.unwrap();
    assert_eq!(value, ("always".into(), "x".into()));
    assert_eq!(probe.count("always runs"), 1);
    worker.shutdown().await.unwrap();
}

async fn it_may_fail_and_be_rewound_again(hub: Hub) {
    let probe = noted(&["always"]);
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(two_steps()).await.unwrap();
    run.instance().finished().await.unwrap();
    for execution in 1..4 {
        run.instance().rewind(format!("try {execution}")).await.unwrap();
        let end = run.instance().finished().await.unwrap();
        assert_eq!((end.status, end.execution.0), (Status::Failed, execution));
    }
    probe.note("second");
    run.instance().rewind("now").await.unwrap();
    run.instance().result::<two_steps>().await.unwrap();
    assert_eq!(run.instance().executions().await.unwrap().len(), 5);
    assert_eq!((probe.count("always runs"), probe.count("second runs")), (1, 5));
    worker.shutdown().await.unwrap();
}

async fn a_rewind_waits_for_a_worker(hub: Hub) {
    let probe = noted(&["always"]);
    let first = worker(&hub, &probe).await;
    let run = first.client().start(two_steps()).await.unwrap();
    run.instance().finished().await.unwrap();
    first.shutdown().await.unwrap();
    let client = hub.client();
    client.instance(run.id()).rewind("it is there").await.unwrap();
    assert_eq!(client.instance(run.id()).status().await.unwrap().status, Status::Running);
    let error = client.instance(run.id()).rewind("it is there").await.unwrap_err();
    assert!(matches!(error, ClientError::NotRewindable { status: Status::Running, .. }), "{error:?}");
    probe.note("second");
    let second = worker(&hub, &probe).await;
    client.instance(run.id()).result::<two_steps>().await.unwrap();
    assert_eq!(probe.count("always runs"), 1);
    second.shutdown().await.unwrap();
}

async fn a_child_that_is_rewound_alone_ends_alone(hub: Hub) {
    let probe = noted(&["always", "before", "after", "b", "c"]);
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(parent().instance_id("parent")).await.unwrap();
    assert_eq!(run.instance().finished().await.unwrap().status, Status::Failed);
    probe.note("a");
    worker.client().instance("child-a").rewind("a is there").await.unwrap();
    assert_eq!(worker.client().instance("child-a").finished().await.unwrap().status, Status::Completed);
    let parent_status = run.status().await.unwrap();
    assert_eq!((parent_status.status, parent_status.execution.0), (Status::Failed, 0));
    // Its parent, rewound afterwards, takes its value and does not run it again.
    run.instance().rewind("a is there").await.unwrap();
    run.instance().result::<parent>().await.unwrap();
    assert_eq!(probe.count("a runs"), 2);
    assert_eq!(hub.record("child-a").await.execution.0, 1);
    worker.shutdown().await.unwrap();
}
