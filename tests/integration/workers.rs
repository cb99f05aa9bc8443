//! Workers come and go; instances stay.

use std::sync::Arc;
use std::time::Duration;

use durable::history::Event;
use durable::prelude::*;
use durable::{ClientError, StoreErrorKind};

use crate::common::slow::SlowToPark;
use crate::common::{Hub, Probe, eventually, on_each_store};

on_each_store!(
    a_graceful_shutdown_records_what_is_running,
    a_shutdown_without_grace_cancels_and_the_next_worker_runs_it_again,
    a_worker_that_was_dropped_is_replaced_by_the_next,
    a_start_after_the_shutdown_waits_for_the_next_worker,
    who_waits_does_not_care_which_worker_ends_it,
    a_client_elsewhere_starts_and_waits,
    two_workers_share_the_work,
    each_worker_gets_what_it_can_run,
    a_worker_that_left_leaves_no_trace,
    starts_during_a_shutdown_are_kept_or_known_to_have_failed,
    an_instance_is_not_left_parked_when_a_worker_with_its_code_starts_meanwhile,
);

/// Begins, and ends when the test says so or nobody wants the result.
#[activity(needs(Probe))]
async fn hold(ctx: &ActivityContext) -> Result<String> {
    let probe = ctx.data::<Probe>();
    probe.note("began");
    tokio::select! {
        () = probe.seen("release") => Ok(format!("attempt {}", ctx.attempt())),
        () = ctx.cancelled() => {
            probe.note("cancelled");
            Err(durable::Error::msg("cancelled"))
        }
    }
}

#[activity(needs(Probe))]
async fn then(ctx: &ActivityContext) -> Result<()> {
    ctx.data::<Probe>().note("then");
    Ok(())
}

#[orchestrator]
async fn hold_then(ctx: &OrchestrationContext) -> Result<String> {
    let held = ctx.call(hold()).await?;
    ctx.call(then()).await?;
    Ok(held)
}

#[orchestrator]
async fn quick(_ctx: &OrchestrationContext) -> Result<()> {
    Ok(())
}

async fn worker(hub: &Hub, probe: &Probe) -> Worker {
    let definitions = [hold::definition(), then::definition(), hold_then::definition(), quick::definition()];
    definitions.into_iter().fold(hub.worker().data(probe.clone()), |w, d| w.register(d)).start().await.unwrap()
}

async fn a_graceful_shutdown_records_what_is_running(hub: Hub) {
    let probe = Probe::default();
    let one = worker(&hub, &probe).await;
    let client = one.client();
    let run = client.start(hold_then()).await.unwrap();
    probe.seen("began").await;
    let shutdown = tokio::spawn(one.shutdown_within(Duration::from_secs(3600)));
    // A worker that is stopping takes nothing new: what is started is left to others.
    eventually(async || {
        let late = client.start(quick()).await.unwrap();
        tokio::task::yield_now().await;
        (hub.record(late.id().as_str()).await.status == Status::Pending).then_some(())
    })
    .await;
    assert!(!shutdown.is_finished(), "it waits for what is running");
    probe.note("release");
    shutdown.await.unwrap().unwrap();

    let history = run.history().await.unwrap();
    assert!(
        history.events().any(|e| matches!(e.event, Event::TaskCompleted { .. })),
        "its result is recorded\n{history}"
    );
    assert_eq!((probe.count("began"), probe.count("cancelled"), probe.count("then")), (1, 0, 0));

    let two = worker(&hub, &probe).await;
    assert_eq!(run.result().await.unwrap(), "attempt 1");
    assert_eq!((probe.count("began"), probe.count("then")), (1, 1));
    two.shutdown().await.unwrap();
}

async fn a_shutdown_without_grace_cancels_and_the_next_worker_runs_it_again(hub: Hub) {
    let probe = Probe::default();
    let one = worker(&hub, &probe).await;
    let run = one.client().start(hold_then()).await.unwrap();
    probe.seen("began").await;
    one.shutdown_within(Duration::ZERO).await.unwrap();
    probe.seen("cancelled").await;
    probe.note("release");
    let two = worker(&hub, &probe).await;
    // The worker left in good order, so this is no second attempt after a crash.
    assert_eq!(run.result().await.unwrap(), "attempt 1");
    assert_eq!((probe.count("began"), probe.count("then")), (2, 1));
    two.shutdown().await.unwrap();
}

async fn a_worker_that_was_dropped_is_replaced_by_the_next(hub: Hub) {
    let probe = Probe::default();
    let one = worker(&hub, &probe).await;
    let run = one.client().start(hold_then()).await.unwrap();
    probe.seen("began").await;
    drop(one);
    probe.note("release");
    let two = worker(&hub, &probe).await;
    run.result().await.unwrap();
    two.shutdown().await.unwrap();
}

async fn a_start_after_the_shutdown_waits_for_the_next_worker(hub: Hub) {
    let probe = Probe::default();
    probe.note("release");
    let one = worker(&hub, &probe).await;
    let client = one.client();
    one.shutdown().await.unwrap();
    let run = client.start(hold_then()).await.unwrap();
    let status = run.status().await.unwrap();
    assert_eq!((status.status, status.result), (Status::Pending, None));
    let two = worker(&hub, &probe).await;
    run.result().await.unwrap();
    two.shutdown().await.unwrap();
}

async fn who_waits_does_not_care_which_worker_ends_it(hub: Hub) {
    let probe = Probe::default();
    let one = worker(&hub, &probe).await;
    let run = Arc::new(one.client().start(hold_then().instance_id("moves")).await.unwrap());
    let (waits, client) = (run.clone(), one.client());
    let here = tokio::spawn(async move { waits.result().await });
    let by_id = tokio::spawn(async move { client.instance("moves").result::<hold_then>().await });
    let elsewhere = Client::new(hub.elsewhere().await);
    let elsewhere = tokio::spawn(async move { elsewhere.instance("moves").result::<hold_then>().await });
    probe.seen("began").await;
    one.shutdown_within(Duration::ZERO).await.unwrap();
    let two = worker(&hub, &probe).await;
    probe.seen_times("began", 2).await;
    probe.note("release");
    for waiting in [here, by_id, elsewhere] {
        waiting.await.unwrap().unwrap();
    }
    two.shutdown().await.unwrap();
}

async fn a_client_elsewhere_starts_and_waits(hub: Hub) {
    let probe = Probe::default();
    probe.note("release");
    let client = Client::new(hub.elsewhere().await);
    // Before there is any worker, and beside one.
    let before = client.start(hold_then().instance_id("before")).await.unwrap();
    assert_eq!(before.status().await.unwrap().status, Status::Pending);
    let one = worker(&hub, &probe).await;
    let beside = client.start(hold_then().instance_id("beside")).await.unwrap();
    assert_eq!(before.result().await.unwrap(), "attempt 1");
    assert_eq!(beside.result().await.unwrap(), "attempt 1");
    let history = beside.history().await.unwrap();
    assert_eq!(history.turns.len(), 3, "\n{history}");
    one.shutdown().await.unwrap();
}

/// Who ran it.
#[activity(needs(String, Probe))]
async fn who(ctx: &ActivityContext) -> Result<String> {
    let me = ctx.data::<String>();
    ctx.data::<Probe>().note(me);
    Ok(me.clone())
}

#[orchestrator]
async fn who_runs(ctx: &OrchestrationContext) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(ctx.call(who()).await?);
    }
    Ok(all)
}

async fn two_workers_share_the_work(hub: Hub) {
    let probe = Probe::default();
    let mut workers = Vec::new();
    for name in ["one", "two"] {
        let worker = Worker::builder(hub.elsewhere().await).name(name).data(name.to_owned()).data(probe.clone());
        workers.push(worker.register(who::definition()).register(who_runs::definition()).start().await.unwrap());
    }
    let client = Client::new(hub.elsewhere().await);
    // Until both have done some of it.
    while probe.count("one") == 0 || probe.count("two") == 0 {
        let mut runs = Vec::new();
        for _ in 0..10 {
            runs.push(client.start(who_runs()).await.unwrap());
        }
        for run in runs {
            let ran = run.result().await.unwrap();
            assert!(ran.iter().all(|w| *w == ran[0]), "an instance stays where it is: {ran:?}");
        }
    }
    for worker in workers {
        worker.shutdown().await.unwrap();
    }
}

async fn each_worker_gets_what_it_can_run(hub: Hub) {
    let probe = Probe::default();
    let one = Worker::builder(hub.elsewhere().await).data(String::from("one")).data(probe.clone());
    let one = one.register(who::definition()).register(who_runs::definition()).start().await.unwrap();
    let two = worker(&hub, &probe).await;
    probe.note("release");
    // Started beside the worker that does not know it, and through the store.
    for client in [two.client(), hub.client()] {
        for _ in 0..5 {
            assert_eq!(client.start(who_runs()).await.unwrap().result().await.unwrap(), ["one"; 3]);
        }
    }
    for client in [one.client(), hub.client()] {
        for _ in 0..5 {
            client.start(hold_then()).await.unwrap().result().await.unwrap();
        }
    }
    one.shutdown().await.unwrap();
    two.shutdown().await.unwrap();
}

async fn a_worker_that_left_leaves_no_trace(hub: Hub) {
    let one = worker(&hub, &Probe::default()).await;
    one.client().start(quick()).await.unwrap().result().await.unwrap();
    assert_eq!(hub.store().workers().await.unwrap().len(), 1);
    one.shutdown().await.unwrap();
    assert_eq!(hub.store().workers().await.unwrap(), []);
}

async fn starts_during_a_shutdown_are_kept_or_known_to_have_failed(hub: Hub) {
    let probe = Probe::default();
    let mut runs = Vec::new();
    for round in 0..10 {
        let one = worker(&hub, &probe).await;
        let mut starts = tokio::task::JoinSet::new();
        for n in 0..20 {
            let client = one.client();
            starts.spawn(async move {
                let id = format!("run-{round}-{n}");
                match client.start(hold_then().instance_id(&id)).await {
                    Ok(_) => {}
                    // The outcome is unknown: asking again with the same id settles it.
                    Err(ClientError::Store(e)) if e.kind() == StoreErrorKind::Unknown => {
                        match client.start(hold_then().instance_id(&id)).await {
                            Ok(_) | Err(ClientError::AlreadyExists { .. }) => {}
                            Err(e) => panic!("{e}"),
                        }
                    }
                    Err(e) => panic!("{e}"),
                }
                id
            });
        }
        one.shutdown_within(Duration::ZERO).await.unwrap();
        runs.extend(starts.join_all().await);
    }
    assert_eq!(runs.len(), 200);
    let last = worker(&hub, &probe).await;
    probe.note("release");
    for id in runs {
        last.client().instance(id).result::<hold_then>().await.unwrap();
    }
    last.shutdown().await.unwrap();
}

#[orchestrator]
async fn simple(_ctx: &OrchestrationContext) -> Result<()> {
    Ok(())
}

/// A worker that does not know an orchestrator parks what nobody else offers. Between its look
/// at who offers what and its commit, one that does offer it may start: nothing may stay parked
/// then, because the code is there.
async fn an_instance_is_not_left_parked_when_a_worker_with_its_code_starts_meanwhile(hub: Hub) {
    let (probe, gate) = (Probe::default(), Probe::default());
    probe.note("release");
    let slow = SlowToPark { store: hub.store(), gate: gate.clone() };
    let ignorant = Worker::builder(slow).register(simple::definition()).start().await.unwrap();
    hub.client().start(hold_then().instance_id("contested")).await.unwrap();
    gate.seen("parking").await;
    let knowing = worker(&hub, &probe).await;
    gate.note("park");
    assert_eq!(hub.client().instance("contested").result::<hold_then>().await.unwrap(), "attempt 1");
    knowing.shutdown().await.unwrap();
    ignorant.shutdown().await.unwrap();
}
