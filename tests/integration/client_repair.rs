//! Restart, fork, retry, discard: instances made from others, and instances put right.

use std::time::{Duration, SystemTime};

use durable::history::{Event, OriginKind};
use durable::prelude::*;
use durable::store::{Claim, Commit, InstanceUpdate, Offer, Ownership, Subject, WorkerInfo};
use durable::{ClientError, EventSeq, ExecutionId, WaitingFor};

use crate::common::{Hub, Probe, on_each_store};

on_each_store!(
    a_restart_runs_the_same_once_more,
    a_restart_under_a_new_id_leaves_the_old_one,
    what_has_not_ended_is_not_restarted,
    a_restart_with_a_request_id_happens_once,
    a_restarted_instance_can_be_rewound,
    a_fork_goes_on_from_its_event,
    a_fork_of_what_runs_runs_beside_it,
    a_fork_starts_children_of_its_own,
    a_fork_is_made_once_per_request,
    places_that_cannot_be_forked_are_refused,
    what_is_parked_is_tried_again_and_nothing_else,
    poison_is_discarded_and_the_orchestrator_goes_on,
    what_is_no_poison_is_not_discarded,
);

#[activity(needs(Probe))]
async fn note(ctx: &ActivityContext, what: &str) -> Result<String> {
    let key = ctx.idempotency_key();
    ctx.data::<Probe>().note(what);
    Ok(key)
}

#[activity(needs(Probe))]
async fn wait_for(ctx: &ActivityContext, what: &str) -> Result<()> {
    ctx.data::<Probe>().note(format!("{what} runs"));
    ctx.data::<Probe>().seen(what).await;
    Ok(())
}

/// What it is known by, and what it has drawn.
#[orchestrator]
async fn identity(ctx: &OrchestrationContext, name: &str) -> Result<(String, String, u32, u64, String)> {
    let random = ctx.random::<u64>();
    let key = ctx.call(note(name)).await?;
    Ok((name.to_owned(), ctx.instance_id().to_owned(), ctx.execution_id().0, random, key))
}

#[orchestrator]
async fn three_steps(ctx: &OrchestrationContext) -> Result<Vec<String>> {
    let first = ctx.call(note("first")).await?;
    let go = ctx.event::<String>("go").await;
    let second = ctx.call(note("second")).await?;
    Ok(vec![ctx.instance_id().to_owned(), first, go, second])
}

#[orchestrator]
async fn with_child(ctx: &OrchestrationContext) -> Result<String> {
    ctx.call(note("before")).await?;
    let child = ctx.call(child().instance_id("child"));
    let go = ctx.event::<String>("go").await;
    Ok(format!("{go} {}", child.await?))
}

#[orchestrator]
async fn child(ctx: &OrchestrationContext) -> Result<String> {
    Ok(ctx.event::<String>("child").await)
}

#[orchestrator]
async fn calls_poison(ctx: &OrchestrationContext) -> Result<String> {
    match ctx.call(wait_for("poison")).await {
        Err(CallError::Poisoned(why)) => Ok(why),
        other => Ok(format!("{other:?}")),
    }
}

#[orchestrator]
async fn fails_first(ctx: &OrchestrationContext) -> Result<u64> {
    ctx.call(must_be_noted("mended")).await?;
    Ok(ctx.random())
}

#[activity(needs(Probe))]
async fn must_be_noted(ctx: &ActivityContext, what: &str) -> Result<()> {
    if ctx.data::<Probe>().count(what) > 0 { Ok(()) } else { Err(durable::Error::msg("not mended")) }
}

async fn worker(hub: &Hub, probe: &Probe) -> Worker {
    let worker = hub.worker().data(probe.clone()).register(note::definition()).register(wait_for::definition());
    let worker = worker.register(identity::definition()).register(three_steps::definition());
    let worker = worker.register(with_child::definition()).register(child::definition());
    let worker = worker.register(fails_first::definition()).register(must_be_noted::definition());
    worker.register(calls_poison::definition()).start().await.unwrap()
}

async fn a_restart_runs_the_same_once_more(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    for (n, client) in [worker.client(), hub.client()].into_iter().enumerate() {
        let id = format!("order-{n}");
        let run = client.start(identity("a").instance_id(&*id).tag("customer", "42")).await.unwrap();
        let (name, was, execution, random, key) = run.result().await.unwrap();
        assert_eq!((&*was, execution), (&*id, 0));
        let again = client.instance(&id).restart().await.unwrap();
        assert_eq!(again.id().as_str(), id);
        again.result_json().await.unwrap();
        let second = client.instance(&id).result::<identity>().await.unwrap();
        assert_eq!((&second.0, &*second.1, second.2), (&name, &*id, 1), "known as what it is");
        assert!(second.3 != random && second.4 != key, "it draws anew");
        let status = again.status().await.unwrap();
        assert_eq!((status.tags.get("customer"), status.input.unwrap().as_str()), (Some("42"), r#"["a"]"#));
        let origin = status.origin.unwrap();
        assert_eq!((origin.kind, &*origin.instance, origin.execution), (OriginKind::Restart, &*id, ExecutionId(0)));
        assert_eq!(probe.count("a"), 2 * (n + 1));
    }
    worker.shutdown().await.unwrap();
}

async fn a_restart_under_a_new_id_leaves_the_old_one(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).await;
    let client = worker.client();
    let old = client.start(identity("a").instance_id("old").tag("customer", "42")).await.unwrap();
    let before = old.result().await.unwrap();
    let new = client.instance("old").restart().new_id("new").await.unwrap();
    new.result_json().await.unwrap();
    let after = client.instance("new").result::<identity>().await.unwrap();
    assert_eq!((&*after.1, after.2), ("new", 0));
    assert!(after.3 != before.3 && after.4 != before.4);
    assert_eq!(old.result().await.unwrap(), before);
    assert_eq!(new.status().await.unwrap().tags.get("customer"), Some("42"));
    let error = client.instance("old").restart().new_id("a#b").await.unwrap_err();
    assert!(matches!(error, ClientError::InvalidId(_)), "{error:?}");
    let holder = client.start(three_steps().instance_id("taken")).await.unwrap();
    let error = client.instance("old").restart().new_id("taken").await.unwrap_err();
    assert!(matches!(error, ClientError::AlreadyExists { status: Status::Running, .. }), "{error:?}");
    holder.instance().terminate("enough").await.unwrap();
    holder.instance().finished().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn what_has_not_ended_is_not_restarted(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).await;
    let run = worker.client().start(three_steps()).await.unwrap();
    for client in [worker.client(), hub.client()] {
        let error = client.instance(run.id()).restart().await.unwrap_err();
        assert_eq!(error, ClientError::NotFinished { id: run.id().clone(), status: Status::Running });
        assert!(error.to_string().contains("terminate it first"));
        let error = client.instance("nobody").restart().await.unwrap_err();
        assert!(matches!(error, ClientError::NotFound(_)), "{error:?}");
    }
    run.instance().raise("go", "x").await.unwrap();
    run.result().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn a_restart_with_a_request_id_happens_once(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let client = worker.client();
    client.start(three_steps().instance_id("a")).await.unwrap().instance().raise("go", "x").await.unwrap();
    client.instance("a").finished().await.unwrap();
    let first = client.instance("a").restart().request_id("k").await.unwrap();
    // While it runs, and when it has ended.
    let second = client.instance("a").restart().request_id("k").await.unwrap();
    first.instance().raise("go", "x").await.unwrap();
    first.result().await.unwrap();
    let third = hub.client().instance("a").restart().request_id("k").await.unwrap();
    assert_eq!(second.result().await.unwrap(), third.result().await.unwrap());
    assert_eq!(third.status().await.unwrap().execution.0, 1);
    let error = client.instance("a").restart().new_id("b").request_id("k").await.unwrap_err();
    assert!(matches!(error, ClientError::RequestIdReused { .. }), "{error:?}");
    worker.shutdown().await.unwrap();
}

async fn a_restarted_instance_can_be_rewound(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let client = worker.client();
    client.start(fails_first().instance_id("a")).await.unwrap().instance().finished().await.unwrap();
    client.instance("a").restart().await.unwrap().instance().finished().await.unwrap();
    probe.note("mended");
    client.instance("a").rewind("mended").await.unwrap();
    let end = client.instance("a").finished().await.unwrap();
    assert_eq!((end.status, end.execution.0), (Status::Completed, 2));
    worker.shutdown().await.unwrap();
}

async fn a_fork_goes_on_from_its_event(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    for (n, client) in [worker.client(), hub.client()].into_iter().enumerate() {
        let (id, fork_id) = (format!("order-{n}"), format!("fork-{n}"));
        let run = client.start(three_steps().instance_id(&*id).tag("customer", "42")).await.unwrap();
        // It sleeps when its first step is done.
        hub.until(&id, |r| r.status == Status::Running && r.owner.is_none()).await;
        run.instance().raise("go", "left").await.unwrap();
        let left = run.result().await.unwrap();
        let history = run.history().await.unwrap();
        let went = history.events().find(|e| matches!(e.event, Event::EventRaised { .. })).unwrap().seq;
        let fork = client.instance(&id).fork(went).instance_id(&*fork_id).await.unwrap();
        hub.client().instance(&fork_id).started().await.unwrap();
        fork.instance().raise("go", "right").await.unwrap();
        fork.result().await.unwrap();
        let right = client.instance(&fork_id).result::<three_steps>().await.unwrap();
        assert_eq!((&right[0], &right[1], &*right[2]), (&left[0], &left[1], "right"));
        assert_ne!(right[3], left[3], "what is done anew is done under another key");
        assert_eq!((probe.count("first"), probe.count("second")), (n + 1, 2 * (n + 1)));
        let status = fork.status().await.unwrap();
        assert_eq!((status.tags.get("customer"), &*status.name), (Some("42"), "three_steps"));
        let origin = status.origin.unwrap();
        assert_eq!((origin.kind, &*origin.instance), (OriginKind::Fork, &*id));
        assert_eq!(run.result().await.unwrap(), left, "the old one is as it was");
        assert_eq!(run.history().await.unwrap(), history);
    }
    worker.shutdown().await.unwrap();
}

async fn a_fork_of_what_runs_runs_beside_it(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let client = worker.client();
    let run = client.start(three_steps()).await.unwrap();
    probe.seen("first").await;
    hub.until(run.id(), |r| r.owner.is_none()).await;
    let end = run.history().await.unwrap().turns.last().unwrap().next_seq();
    let fork = run.instance().fork(end).await.unwrap();
    assert_ne!(fork.id(), run.id());
    fork.instance().raise("go", "fork").await.unwrap();
    assert_eq!(fork.result().await.unwrap()[2], "fork");
    run.instance().raise("go", "old").await.unwrap();
    assert_eq!(run.result().await.unwrap()[2], "old");
    assert_eq!(probe.count("first"), 1);
    worker.shutdown().await.unwrap();
}

async fn a_fork_starts_children_of_its_own(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let client = worker.client();
    let run = client.start(with_child().instance_id("parent")).await.unwrap();
    let runs = async || client.instance("child").status().await.ok().filter(|s| s.status == Status::Running);
    crate::common::eventually(runs).await;
    let end = run.history().await.unwrap().turns.last().unwrap().next_seq();
    let fork = run.instance().fork(end).instance_id("fork").await.unwrap();
    let waiting = async || {
        let status = fork.status().await.unwrap();
        status.waiting_for.into_iter().find_map(|w| match w {
            WaitingFor::SubOrchestration { instance, .. } => Some(instance),
            _ => None,
        })
    };
    let own = waiting().await.unwrap();
    assert_ne!(own, "child");
    crate::common::eventually(async || client.instance(&own).status().await.ok()).await;
    client.instance(&own).raise("child", "of the fork").await.unwrap();
    client.instance("child").raise("child", "of the parent").await.unwrap();
    fork.instance().raise("go", "fork").await.unwrap();
    run.instance().raise("go", "parent").await.unwrap();
    assert_eq!(fork.result().await.unwrap(), "fork of the fork");
    assert_eq!(run.result().await.unwrap(), "parent of the parent");
    worker.shutdown().await.unwrap();
}

async fn a_fork_is_made_once_per_request(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).await;
    let client = worker.client();
    let run = client.start(identity("a")).await.unwrap();
    run.result().await.unwrap();
    let at = run.history().await.unwrap().turns.last().unwrap().seq;
    let fork = run.instance().fork(at).request_id("k").await.unwrap();
    let same = hub.client().instance(run.id()).fork(at).request_id("k").await.unwrap();
    assert_eq!(fork.id(), same.id());
    assert_eq!(fork.result().await.unwrap(), same.result().await.unwrap());
    let error = run.instance().fork(at).instance_id("b").request_id("k").await.unwrap_err();
    assert!(matches!(error, ClientError::RequestIdReused { .. }), "{error:?}");
    assert_eq!(client.query().count().await.unwrap().total(), 2);
    worker.shutdown().await.unwrap();
}

async fn places_that_cannot_be_forked_are_refused(hub: Hub) {
    let worker = worker(&hub, &Probe::default()).await;
    let client = worker.client();
    let run = client.start(identity("a")).await.unwrap();
    run.result().await.unwrap();
    let history = run.history().await.unwrap();
    let end = history.turns.last().unwrap().next_seq();
    for at in [EventSeq(0), EventSeq(1), end, end.plus(1), EventSeq(u64::MAX)] {
        let error = run.instance().fork(at).await.unwrap_err();
        let ClientError::NotAForkPoint { id, at: why } = &error else { panic!("{at}: {error:?}") };
        assert_eq!((id, why.at, why.last.plus(1)), (run.id(), at, end));
        assert!(error.to_string().contains("no place to fork from"), "{error}");
    }
    let error = run.instance().fork(EventSeq(3)).of_execution(ExecutionId(7)).await.unwrap_err();
    assert!(matches!(error, ClientError::NoSuchExecution { .. }), "{error:?}");
    let taken = client.start(three_steps().instance_id("taken")).await.unwrap();
    let at = history.turns.last().unwrap().seq;
    let error = run.instance().fork(at).instance_id("taken").await.unwrap_err();
    assert!(matches!(error, ClientError::AlreadyExists { .. }), "{error:?}");
    taken.instance().raise("go", "x").await.unwrap();
    taken.result().await.unwrap();
    assert_eq!(client.query().count().await.unwrap().total(), 2);
    worker.shutdown().await.unwrap();
}

async fn what_is_parked_is_tried_again_and_nothing_else(hub: Hub) {
    let stranger = hub.worker().start().await.unwrap();
    let client = hub.client();
    let run = client.start(three_steps().instance_id("parked")).await.unwrap();
    hub.until("parked", |r| r.status == Status::Parked).await;
    assert!(client.instance("parked").retry().request_id("k").await.unwrap());
    // Nobody has its code still.
    hub.until("parked", |r| r.status == Status::Parked).await;
    assert!(!client.instance("parked").retry().request_id("k").await.unwrap(), "that request was carried out");
    let worker = worker(&hub, &Probe::default()).await;
    client.instance("parked").retry().await.unwrap();
    run.instance().raise("go", "x").await.unwrap();
    run.result().await.unwrap();
    let error = client.instance("parked").retry().await.unwrap_err();
    assert!(matches!(error, ClientError::AlreadyFinished { .. }), "{error:?}");
    assert!(matches!(client.instance("nobody").retry().await, Err(ClientError::NotFound(_))));

    let later = client.start(three_steps().start_after(Duration::from_secs(3600))).await.unwrap();
    assert!(!later.instance().retry().await.unwrap(), "it is not parked");
    assert_eq!(later.status().await.unwrap().status, Status::Pending, "and keeps its start time");
    later.instance().terminate("enough").await.unwrap();
    later.instance().finished().await.unwrap();
    worker.shutdown().await.unwrap();
    stranger.shutdown().await.unwrap();
}

/// Parks an instance as the engine does what it has given up as poison.
async fn give_up(hub: &Hub, id: &str, name: &str, mark: &str) {
    let (store, now) = (hub.store(), SystemTime::now().into());
    let offers = vec![Offer { name: name.into(), version: String::new() }];
    let info = WorkerInfo { name: "engine".into(), offers: offers.clone(), lease_duration: Duration::from_secs(60) };
    let lease = store.register_worker(info, now).await.unwrap();
    let claimed = crate::common::eventually(async || {
        let now = SystemTime::now().into();
        let claimed = store.claim(Claim { lease, offers: offers.clone(), now, limit: 10 }).await.unwrap();
        claimed.into_iter().find(|i| i.record.id.as_str() == id)
    })
    .await;
    let update = InstanceUpdate {
        status: Status::Parked,
        ownership: Ownership::Release { wake_at: None },
        parked_reason: Some("poison".into()),
        crashes: 5,
        custom_status: None,
        mark: Some(mark.into()),
    };
    let subject = Subject::Owned { lease, key: claimed.record.key };
    store.commit(vec![Commit { update: Some(update), ..Commit::new(subject, now) }]).await.unwrap();
    store.release_worker(lease, now).await.unwrap();
}

async fn poison_is_discarded_and_the_orchestrator_goes_on(hub: Hub) {
    let probe = Probe::default();
    let first = worker(&hub, &probe).await;
    first.client().start(calls_poison().instance_id("bad")).await.unwrap();
    probe.seen("poison runs").await;
    first.shutdown_within(Duration::ZERO).await.unwrap();
    let mark = r#"{"level":2,"task":0,"attempt":1,"tries":3,"crashes":5}"#;
    give_up(&hub, "bad", "calls_poison", mark).await;
    let second = worker(&hub, &probe).await;
    let bad = second.client().instance("bad");
    let status = bad.status().await.unwrap();
    assert_eq!((status.status, status.suspect.as_deref()), (Status::Parked, Some(mark)));
    assert!(matches!(&status.waiting_for[0], WaitingFor::Repair { reason } if reason == "poison"));

    bad.discard("it cannot be read").request_id("k").await.unwrap();
    let why = bad.result::<calls_poison>().await.unwrap();
    assert!(why.contains("it cannot be read"), "{why}");
    bad.discard("it cannot be read").request_id("k").await.unwrap();
    assert_eq!(probe.count("poison runs"), 1, "it was not run again");
    let error = bad.discard("it cannot be read").await.unwrap_err();
    assert!(matches!(error, ClientError::AlreadyFinished { .. }), "{error:?}");
    second.shutdown().await.unwrap();
}

async fn what_is_no_poison_is_not_discarded(hub: Hub) {
    let probe = Probe::default();
    let first = worker(&hub, &probe).await;
    let run = first.client().start(calls_poison().instance_id("bad")).await.unwrap();
    probe.seen("poison runs").await;
    let error = run.instance().discard("?").await.unwrap_err();
    assert_eq!(error, ClientError::NotPoisoned { id: run.id().clone(), status: Status::Running });
    assert!(matches!(hub.client().instance("nobody").discard("?").await, Err(ClientError::NotFound(_))));
    first.shutdown_within(Duration::ZERO).await.unwrap();

    give_up(&hub, "bad", "calls_poison", r#"{"level":2,"tries":3,"crashes":5}"#).await;
    let error = hub.client().instance("bad").discard("?").await.unwrap_err();
    assert_eq!(error, ClientError::NotAnActivity("bad".parse().unwrap()));
    assert!(error.to_string().contains("terminate"), "{error}");
    assert_eq!(hub.record("bad").await.status, Status::Parked);
    assert!(hub.client().instance("bad").retry().await.unwrap());
    let record = hub.record("bad").await;
    assert_eq!((record.status, record.mark, record.crashes), (Status::Running, None, 0));
    probe.note("poison");
    let second = worker(&hub, &probe).await;
    assert_eq!(second.client().instance("bad").result::<calls_poison>().await.unwrap(), "Ok(())");
    second.shutdown().await.unwrap();
}
