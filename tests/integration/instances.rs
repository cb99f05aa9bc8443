//! Instances as a client meets them: ids, what exists, what exists already.

use durable::prelude::*;
use durable::{ClientError, InvalidInstanceId};

use crate::common::{Hub, Probe, on_each_store};

on_each_store!(
    what_is_not_there_is_not_found,
    ids_are_checked,
    an_id_in_use_is_refused_and_one_that_has_ended_may_be_used_again,
    of_many_that_start_the_same_id_one_wins,
    generated_ids_differ,
    who_waits_for_an_id_that_is_started_again_gets_its_latest_end,
    a_result_can_be_asked_for_again_and_by_others,
    a_result_asked_for_as_the_wrong_type_is_unreadable,
);

#[activity(needs(Probe))]
async fn wait_for(ctx: &ActivityContext, note: &str) -> Result<()> {
    ctx.data::<Probe>().seen(note).await;
    Ok(())
}

#[orchestrator]
async fn guarded(ctx: &OrchestrationContext, note: &str, answer: u32) -> Result<u32> {
    ctx.call(wait_for(note)).await?;
    assert!(!ctx.instance_id().is_empty() && ctx.name() == "guarded");
    Ok(answer)
}

async fn worker(hub: &Hub, probe: &Probe) -> Worker {
    let worker = hub.worker().data(probe.clone());
    worker.register(wait_for::definition()).register(guarded::definition()).start().await.unwrap()
}

async fn what_is_not_there_is_not_found(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).await;
    for client in [worker.client(), hub.client()] {
        let nobody = client.instance("nobody");
        let is_not_found = |e: ClientError| assert_eq!(e.to_string(), "there is no instance nobody");
        is_not_found(nobody.status().await.unwrap_err());
        is_not_found(nobody.history().await.unwrap_err());
        match nobody.result::<guarded>().await {
            Err(RunError::Client(e)) => is_not_found(e),
            other => panic!("{other:?}"),
        }
    }
    worker.shutdown().await.unwrap();
}

async fn ids_are_checked(hub: Hub) {
    let probe = Probe::default();
    probe.note("go");
    let worker = worker(&hub, &probe).await;
    let long = "x".repeat(257);
    let huge = "x".repeat(64 * 1024);
    for bad in ["", "@counter@a", "/a", "a/", "a\\b", "a#b", "a?b", "a\0b", "a\nb", "\u{7f}", "\u{85}", &long, &huge] {
        for client in [worker.client(), hub.client()] {
            let error = client.start(guarded("go", 1).instance_id(bad)).await.unwrap_err();
            assert!(matches!(error, ClientError::InvalidId(_)), "{bad:?}: {error:?}");
            assert!(matches!(client.instance(bad).status().await, Err(ClientError::InvalidId(_))), "{bad:?}");
            assert!(client.instance(bad).id().is_err());
        }
    }
    let error = worker.client().instance("a#b").id().unwrap_err();
    assert!(matches!(&error, ClientError::InvalidId(InvalidInstanceId::ForbiddenCharacter { character: '#', .. })));
    assert!(error.to_string().contains("\"a#b\" contains '#'"), "{error}");
    assert_eq!(crate::common::check::instances(&*hub.store()).await, [], "nothing is written");

    let longest = "ü".repeat(256);
    for good in ["a", "parent/child-1", "'; DROP TABLE instances; --", "%_", "שלום \u{202e}", " ", "a@b", &longest]
    {
        let run = worker.client().start(guarded("go", 1).instance_id(good)).await.unwrap();
        assert_eq!(run.result().await.unwrap(), 1);
        assert_eq!(hub.client().instance(good).status().await.unwrap().id.as_str(), good);
    }
    worker.shutdown().await.unwrap();
}

async fn an_id_in_use_is_refused_and_one_that_has_ended_may_be_used_again(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let first = worker.client().start(guarded("first", 1).instance_id("order-7")).await.unwrap();
    for client in [worker.client(), hub.client()] {
        match client.start(guarded("second", 2).instance_id("order-7")).await {
            Err(ClientError::AlreadyExists { id, status }) => {
                assert_eq!((id.as_str(), status), ("order-7", Status::Running));
            }
            other => panic!("{other:?}"),
        }
    }
    probe.note("first");
    assert_eq!(first.result().await.unwrap(), 1);

    let before = hub.record("order-7").await;
    probe.note("second");
    for (n, client) in [(2, worker.client()), (3, hub.client())] {
        let again = client.start(guarded("second", n).instance_id("order-7")).await.unwrap();
        assert_eq!(again.result().await.unwrap(), n);
        let record = hub.record("order-7").await;
        assert_eq!((record.key, record.execution.0), (before.key, before.execution.0 + n - 1));
        let history = again.history().await.unwrap();
        assert_eq!(history.turns[0].seq.0, 0, "its own history, from the beginning");
        assert_eq!(history.turns.len(), 2);
    }
    worker.shutdown().await.unwrap();
}

async fn of_many_that_start_the_same_id_one_wins(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let mut starts = tokio::task::JoinSet::new();
    for n in 0..20 {
        let client = if n % 2 == 0 { worker.client() } else { Client::new(hub.elsewhere().await) };
        starts.spawn(async move { client.start(guarded("go", n).instance_id("contested")).await });
    }
    let (won, lost): (Vec<_>, Vec<_>) = starts.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.iter().all(|l| matches!(l, Err(ClientError::AlreadyExists { .. }))), "{lost:?}");
    probe.note("go");
    let winner = won.into_iter().next().unwrap().unwrap();
    let answer = winner.result().await.unwrap();
    assert_eq!(hub.client().instance("contested").result::<guarded>().await, Ok(answer));
    worker.shutdown().await.unwrap();
}

async fn generated_ids_differ(hub: Hub) {
    let probe = Probe::default();
    probe.note("go");
    let worker = worker(&hub, &probe).await;
    let mut ids = std::collections::BTreeSet::new();
    for n in 0..20 {
        let client = if n % 2 == 0 { worker.client() } else { hub.client() };
        let run = client.start(guarded("go", 1)).await.unwrap();
        ids.insert(run.id().to_string());
        run.result().await.unwrap();
    }
    assert_eq!(ids.len(), 20);
    worker.shutdown().await.unwrap();
}

async fn who_waits_for_an_id_that_is_started_again_gets_its_latest_end(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    probe.note("go");
    let old = hub.client().start(guarded("go", 1).instance_id("again")).await.unwrap();
    hub.until("again", |r| r.status == Status::Completed).await;
    let new = worker.client().start(guarded("go", 2).instance_id("again")).await.unwrap();
    assert_eq!(new.result().await.unwrap(), 2);
    // An id is waited for until it ends for good, through continue-as-new and new starts.
    assert_eq!(old.result().await.unwrap(), 2);
    worker.shutdown().await.unwrap();
}

async fn a_result_can_be_asked_for_again_and_by_others(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(guarded("go", 9).instance_id("shared")).await.unwrap();
    let run = std::sync::Arc::new(run);
    let mut waiting = tokio::task::JoinSet::new();
    for n in 0..9 {
        let (run, worker_client, client) = (run.clone(), worker.client(), Client::new(hub.elsewhere().await));
        waiting.spawn(async move {
            match n % 3 {
                0 => run.result().await,
                1 => worker_client.instance("shared").result::<guarded>().await,
                _ => client.instance("shared").result::<guarded>().await,
            }
        });
    }
    probe.note("go");
    assert_eq!(waiting.join_all().await, vec![Ok(9); 9]);
    assert_eq!(run.result().await, Ok(9));
    worker.shutdown().await.unwrap();
    assert_eq!(run.result().await, Ok(9), "also when the worker is gone");
}

#[orchestrator(name = "guarded")]
async fn guarded_differently(_ctx: &OrchestrationContext) -> Result<Vec<String>> {
    Ok(Vec::new())
}

async fn a_result_asked_for_as_the_wrong_type_is_unreadable(hub: Hub) {
    let probe = Probe::default();
    probe.note("go");
    let worker = worker(&hub, &probe).await;
    worker.client().start(guarded("go", 9).instance_id("number")).await.unwrap().result().await.unwrap();
    match worker.client().instance("number").result::<guarded_differently>().await {
        Err(RunError::Client(ClientError::Unreadable { reason, .. })) => assert!(reason.contains('9'), "{reason}"),
        other => panic!("{other:?}"),
    }
    worker.shutdown().await.unwrap();
}
