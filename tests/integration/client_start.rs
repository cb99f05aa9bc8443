//! What a start may ask for: tags, request ids, reuse, version, time, trace.

use std::time::Duration;

use durable::prelude::*;
use durable::{ClientError, InvalidTag, ReusePolicy, StatusSet, TraceContext};

use crate::common::{Hub, Probe, on_each_store};

on_each_store!(
    tags_are_kept_and_shown,
    bad_tags_are_refused_and_nothing_is_written,
    a_request_id_starts_once,
    a_request_id_is_remembered_after_a_purge,
    a_request_id_for_another_operation_is_an_error,
    a_refused_start_does_not_use_up_its_request_id,
    start_or_get_starts_once_and_then_gets,
    start_or_get_needs_an_id,
    the_reuse_policy_says_which_holders_are_replaced,
    a_running_holder_is_ended_first_if_the_policy_says_so,
    many_that_replace_one_holder_all_come_to_an_end,
    an_id_of_another_orchestrator_is_not_gotten,
    a_request_id_with_other_arguments_is_an_error,
    a_start_after_a_delay_begins_then_and_not_before,
    another_version_than_the_definitions_own_can_be_started,
    a_trace_context_is_kept_and_handed_down,
);

const NEVER: Duration = Duration::from_secs(3600);

#[activity(needs(Probe))]
async fn wait_for(ctx: &ActivityContext, note: &str) -> Result<()> {
    ctx.data::<Probe>().note(format!("{note} runs"));
    ctx.data::<Probe>().seen(note).await;
    Ok(())
}

#[orchestrator]
async fn guarded(ctx: &OrchestrationContext, note: &str, answer: u32) -> Result<u32> {
    ctx.call(wait_for(note)).await?;
    if answer == 0 { Err(durable::Error::msg("nothing")) } else { Ok(answer) }
}

#[orchestrator(name = "guarded", version = "2")]
async fn guarded_2(_ctx: &OrchestrationContext, _note: &str, answer: u32) -> Result<u32> {
    Ok(answer * 2)
}

#[orchestrator]
async fn calls_guarded(ctx: &OrchestrationContext) -> Result<u32> {
    Ok(ctx.call(guarded("go", 3).instance_id("child")).await?)
}

async fn worker(hub: &Hub, probe: &Probe) -> Worker {
    let worker = hub.worker().data(probe.clone()).register(wait_for::definition()).register(guarded::definition());
    worker.register(guarded_2::definition()).register(calls_guarded::definition()).start().await.unwrap()
}

/// A worker, and both kinds of clients: one beside the worker, one that knows of none.
async fn clients(hub: &Hub, probe: &Probe) -> (Worker, [Client; 2]) {
    let worker = worker(hub, probe).await;
    let clients = [worker.client(), hub.client()];
    (worker, clients)
}

fn open_probe() -> Probe {
    let probe = Probe::default();
    probe.note("go");
    probe
}

async fn tags_are_kept_and_shown(hub: Hub) {
    let (worker, clients) = clients(&hub, &open_probe()).await;
    for (n, client) in (1..).zip(&clients) {
        let start = guarded("go", n).tag("customer", "42").tag("shard", "a").tag("shard", "b").tag("empty", "");
        let run = client.start(start).await.unwrap();
        run.result().await.unwrap();
        let status = run.status().await.unwrap();
        let tags: Vec<_> = status.tags.iter().collect();
        assert_eq!(tags, [("customer", "42"), ("empty", ""), ("shard", "b")]);
        assert_eq!(client.query().tag("shard", "b").count().await.unwrap().total(), u64::from(n));
        assert_eq!(client.query().tag("shard", "a").count().await.unwrap().total(), 0);
        // All that is asked for must hold, also what cannot.
        assert_eq!(client.query().tag("shard", "b").tag("shard", "a").count().await.unwrap().total(), 0);
        assert_eq!(client.query().tag("shard", "a").tag("shard", "b").page().await.unwrap().instances.len(), 0);
    }
    worker.shutdown().await.unwrap();
}

async fn bad_tags_are_refused_and_nothing_is_written(hub: Hub) {
    let (worker, clients) = clients(&hub, &open_probe()).await;
    let (long_name, long_value) = ("n".repeat(65), "v".repeat(257));
    let bad = [("", "v"), ("a\0b", "v"), ("name", "a\nb"), (&*long_name, "v"), ("name", &*long_value)];
    for client in &clients {
        for (name, value) in bad {
            // One that is good beside it does not help.
            let start = guarded("go", 1).tag(name, value).tag("good", "1").instance_id("tagged");
            let error = client.start(start).await.unwrap_err();
            assert!(matches!(error, ClientError::InvalidTag(_)), "{name:?} {value:?}: {error:?}");
            let by_name = client.start_by_name("guarded", &("go", 1)).tag(name, value).await;
            assert!(matches!(by_name, Err(ClientError::InvalidTag(_))), "{name:?} {value:?}");
            let asked_for = client.query().tag(name, value).page().await;
            assert!(matches!(asked_for, Err(ClientError::InvalidTag(_))), "{name:?} {value:?}");
        }
        let many = (0..33).fold(guarded("go", 1), |start, n| start.tag(format!("t{n}"), ""));
        assert!(matches!(client.start(many).await, Err(ClientError::InvalidTag(InvalidTag::TooMany(_)))));
    }
    assert_eq!(crate::common::check::instances(&*hub.store()).await, [], "nothing is written");
    for (n, (name, value)) in
        [("'; DROP TABLE tags; --", "%_"), ("שלום", "\u{202e}"), (&*"ü".repeat(64), "\"")].into_iter().enumerate()
    {
        let run = clients[n % 2].start(guarded("go", 1).tag(name, value)).await.unwrap();
        assert_eq!(run.status().await.unwrap().tags.get(name), Some(value));
        assert_eq!(hub.client().query().tag(name, value).page().await.unwrap().instances[0].id, *run.id());
        run.result().await.unwrap();
    }
    worker.shutdown().await.unwrap();
}

async fn a_request_id_starts_once(hub: Hub) {
    let probe = Probe::default();
    let (worker, clients) = clients(&hub, &probe).await;
    let mut starts = tokio::task::JoinSet::new();
    for n in 0..12 {
        let client = clients[n % 2].clone();
        starts.spawn(async move { client.start(guarded("go", 7).request_id("k")).await.unwrap() });
    }
    let runs = starts.join_all().await;
    // The generated id of the first one is that of all.
    assert!(runs.iter().all(|run| run.id() == runs[0].id()), "{runs:?}");
    assert_eq!(crate::common::check::instances(&*hub.store()).await.len(), 1);
    probe.note("go");
    for run in &runs {
        assert_eq!(run.result().await, Ok(7));
    }
    // And when it has ended, which would leave the id free.
    let again = clients[0].start(guarded("go", 7).request_id("k")).await.unwrap();
    assert_eq!((again.id(), again.status().await.unwrap().execution.0), (runs[0].id(), 0));
    assert_eq!(probe.count("go runs"), 1);
    worker.shutdown().await.unwrap();
}

async fn a_request_id_is_remembered_after_a_purge(hub: Hub) {
    let probe = open_probe();
    let (worker, clients) = clients(&hub, &probe).await;
    for (n, client) in clients.iter().enumerate() {
        let (key, id) = (format!("k{n}"), format!("order-{n}"));
        let start = || guarded("go", 7).instance_id(&*id).request_id(&*key);
        client.start(start()).await.unwrap().instance().finished().await.unwrap();
        client.instance(&id).purge().await.unwrap();
        let again = client.start(start()).await.unwrap();
        assert_eq!(again.id().as_str(), id);
        let gone = |e: &ClientError| matches!(e, ClientError::NotFound(_));
        assert!(matches!(again.result().await, Err(RunError::Client(e)) if gone(&e)));
        assert!(gone(&client.instance(&id).status().await.unwrap_err()), "nothing was started");
        // Somebody else may use the id; the old request is not taken for that.
        client.start(guarded("go", 8).instance_id(&*id)).await.unwrap().result().await.unwrap();
        assert!(matches!(client.start(start()).await.unwrap().result().await, Err(RunError::Client(e)) if gone(&e)));
    }
    assert_eq!(probe.count("go runs"), 4);
    worker.shutdown().await.unwrap();
}

async fn a_request_id_for_another_operation_is_an_error(hub: Hub) {
    let probe = Probe::default();
    let (worker, clients) = clients(&hub, &probe).await;
    let [here, elsewhere] = &clients;
    let first = here.start(guarded("go", 7).instance_id("order-7").request_id("k")).await.unwrap();
    let reused = |e: ClientError, says: &str| match e {
        ClientError::RequestIdReused { request, id, operation } => {
            assert_eq!((request.as_str(), id.as_str()), ("k", "order-7"));
            assert!(operation.starts_with(says), "{operation}");
        }
        other => panic!("{other:?}"),
    };
    let says = "start guarded as order-7";
    for client in [here, elsewhere] {
        reused(client.start(calls_guarded().request_id("k")).await.unwrap_err(), says);
        reused(client.start(guarded("go", 7).instance_id("order-8").request_id("k")).await.unwrap_err(), says);
        let order = client.instance("order-7");
        reused(order.raise("approved", &1).request_id("k").await.unwrap_err(), says);
        reused(order.terminate("enough").request_id("k").await.unwrap_err(), says);
        reused(order.suspend("enough").request_id("k").await.unwrap_err(), says);
    }
    let error = here.instance("order-7").resume("go on").request_id("k").await.unwrap_err();
    assert!(error.to_string().contains("use a new one for each request"), "{error}");
    assert_eq!(crate::common::check::instances(&*hub.store()).await.len(), 1);
    for bad in ["", "a\nb", &"x".repeat(257)] {
        let start = guarded("go", 7).request_id(bad);
        assert!(matches!(here.start(start).await, Err(ClientError::InvalidRequestId(_))), "{bad:?}");
        let raise = first.instance().raise("approved", &1).request_id(bad).await;
        assert!(matches!(raise, Err(ClientError::InvalidRequestId(_))), "{bad:?}");
    }
    probe.note("go");
    first.result().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn a_refused_start_does_not_use_up_its_request_id(hub: Hub) {
    let probe = Probe::default();
    let (worker, clients) = clients(&hub, &probe).await;
    for (n, client) in clients.iter().enumerate() {
        let (key, id, note) = (format!("k{n}"), format!("order-{n}"), format!("go {n}"));
        let first = client.start(guarded(&note, 1).instance_id(&*id)).await.unwrap();
        let start = || guarded(&note, 2).instance_id(&*id).request_id(&*key);
        assert!(matches!(client.start(start()).await, Err(ClientError::AlreadyExists { .. })));
        probe.note(&*note);
        first.instance().finished().await.unwrap();
        assert_eq!(client.start(start()).await.unwrap().result().await, Ok(2));
    }
    worker.shutdown().await.unwrap();
}

async fn start_or_get_starts_once_and_then_gets(hub: Hub) {
    let probe = Probe::default();
    let (worker, clients) = clients(&hub, &probe).await;
    for (n, client) in clients.iter().enumerate() {
        let (id, note) = (format!("order-{n}"), format!("go {n}"));
        // The arguments of the first one count.
        let started = client.start_or_get(guarded(&note, 1).instance_id(&*id)).await.unwrap();
        let running = client.start_or_get(guarded(&note, 2).instance_id(&*id)).await.unwrap();
        probe.note(&*note);
        assert_eq!((started.result().await, running.result().await), (Ok(1), Ok(1)));
        let policy = ReusePolicy::finished();
        let ended = client.start_or_get(guarded(&note, 3).instance_id(&*id).reuse(policy)).await.unwrap();
        assert_eq!(ended.result().await, Ok(1));
        assert_eq!(ended.status().await.unwrap().execution.0, 0);
    }
    assert_eq!(probe.notes().len(), 4);
    worker.shutdown().await.unwrap();
}

async fn start_or_get_needs_an_id(hub: Hub) {
    let error = hub.client().start_or_get(guarded("go", 1)).await.unwrap_err();
    assert_eq!(error, ClientError::InstanceIdMissing);
    assert!(error.to_string().contains("instance_id"), "{error}");
    assert!(matches!(
        hub.client().start_or_get(guarded("go", 1).instance_id("a#b")).await,
        Err(ClientError::InvalidId(_))
    ));
    assert_eq!(crate::common::check::instances(&*hub.store()).await, []);
}

/// Makes an instance of this id and brings it to this status.
async fn bring_to(hub: &Hub, client: &Client, id: &str, status: Status) {
    let start = match status {
        Status::Failed => guarded("go", 0),
        Status::Completed => guarded("go", 1),
        _ => guarded("never", 1),
    };
    let start = if status == Status::Pending { start.start_after(NEVER) } else { start };
    let start = if status == Status::Parked { start.version("unheard of") } else { start };
    let run = client.start(start.instance_id(id)).await.unwrap();
    match status {
        Status::Suspended => run.instance().suspend("hold").await.unwrap(),
        Status::Terminated => run.instance().terminate("enough").await.unwrap(),
        _ => {}
    }
    hub.until(id, |r| r.status == status).await;
}

async fn the_reuse_policy_says_which_holders_are_replaced(hub: Hub) {
    let (worker, clients) = clients(&hub, &open_probe()).await;
    let failed_only = ReusePolicy::replace(StatusSet::of(&[Status::Failed]));
    let policies = [ReusePolicy::never(), ReusePolicy::finished(), failed_only, ReusePolicy::replace(StatusSet::ALL)];
    for (s, status) in Status::ALL.into_iter().enumerate() {
        for (p, policy) in policies.into_iter().enumerate() {
            let (id, client) = (format!("{status}-{p}"), &clients[(s + p) % 2]);
            bring_to(&hub, client, &id, status).await;
            let new = client.start(guarded("go", 9).instance_id(&*id).reuse(policy)).await;
            match (policy.allows(status), new) {
                (true, Ok(run)) => assert_eq!(run.result().await, Ok(9), "{id}"),
                (false, Err(ClientError::AlreadyExists { status: found, .. })) => assert_eq!(found, status, "{id}"),
                (_, other) => panic!("{id}: {other:?}"),
            }
        }
    }
    let finished = ClientError::AlreadyExists { id: "a".parse().unwrap(), status: Status::Failed };
    assert!(finished.to_string().contains("reuse policy"), "{finished}");
    worker.shutdown().await.unwrap();
}

async fn a_running_holder_is_ended_first_if_the_policy_says_so(hub: Hub) {
    let probe = Probe::default();
    let (worker, clients) = clients(&hub, &probe).await;
    let running = ReusePolicy::replace(StatusSet::of(&[Status::Running]));
    for (n, client) in clients.iter().enumerate() {
        let (id, key) = (format!("single-{n}"), format!("k{n}"));
        let start = |answer| guarded("go", answer).instance_id(&*id).reuse(running);
        client.start(start(1)).await.unwrap();
        hub.until(&id, |r| r.status == Status::Running).await;
        let second = client.start(start(2).request_id(&*key)).await.unwrap();
        // The request is done: it does not end what it has started.
        let same = client.start(start(2).request_id(&*key)).await.unwrap();
        assert_eq!(same.status().await.unwrap().execution, second.status().await.unwrap().execution);
        assert_eq!(second.status().await.unwrap().execution.0, 1);
    }
    probe.note("go");
    for client in &clients {
        assert_eq!(client.instance("single-0").result::<guarded>().await, Ok(2));
    }
    hub.client().instance("single-1").finished().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn many_that_replace_one_holder_all_come_to_an_end(hub: Hub) {
    let probe = Probe::default();
    let (worker, clients) = clients(&hub, &probe).await;
    clients[0].start(guarded("never", 1).instance_id("contended")).await.unwrap();
    let replace = |client: durable::Client| async move {
        client.start(guarded("never", 2).instance_id("contended").reuse(ReusePolicy::replace(StatusSet::ALL))).await
    };
    let starts: Vec<_> = (0..10).map(|n| tokio::spawn(replace(clients[n % clients.len()].clone()))).collect();
    for start in starts {
        start.await.unwrap().unwrap();
    }
    worker.client().instance("contended").terminate("enough").await.unwrap();
    worker.client().instance("contended").finished().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn an_id_of_another_orchestrator_is_not_gotten(hub: Hub) {
    let probe = open_probe();
    let (worker, clients) = clients(&hub, &probe).await;
    clients[0].start(guarded("go", 1).instance_id("guarded")).await.unwrap();
    for client in &clients {
        match client.start_or_get(calls_guarded().instance_id("guarded")).await {
            Err(ClientError::OtherOrchestrator { name, wanted, .. }) => {
                assert_eq!((&*name, &*wanted), ("guarded", "calls_guarded"));
            }
            other => panic!("{other:?}"),
        }
    }
    clients[0].instance("guarded").finished().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn a_request_id_with_other_arguments_is_an_error(hub: Hub) {
    let probe = open_probe();
    let (worker, clients) = clients(&hub, &probe).await;
    for (n, client) in clients.iter().enumerate() {
        let key = format!("key-{n}");
        let start = |answer| client.start(guarded("go", answer).request_id(&*key));
        let first = start(1).await.unwrap();
        assert_eq!(start(1).await.unwrap().id(), first.id());
        assert!(matches!(start(2).await, Err(ClientError::RequestIdReused { .. })));
        first.result().await.unwrap();
    }
    worker.shutdown().await.unwrap();
}

async fn a_start_after_a_delay_begins_then_and_not_before(hub: Hub) {
    let probe = open_probe();
    let (worker, clients) = clients(&hub, &probe).await;
    const DELAY: Duration = Duration::from_millis(250);
    for client in &clients {
        let before = std::time::Instant::now();
        let run = client.start(guarded("go", 1).start_after(DELAY)).await.unwrap();
        assert_eq!(run.status().await.unwrap().status, Status::Pending);
        run.result().await.unwrap();
        assert!(before.elapsed() >= DELAY, "{:?}", before.elapsed());
    }
    worker.shutdown().await.unwrap();
}

async fn another_version_than_the_definitions_own_can_be_started(hub: Hub) {
    let (worker, clients) = clients(&hub, &open_probe()).await;
    for client in &clients {
        let run = client.start(guarded("go", 5).version("2")).await.unwrap();
        assert_eq!(run.result().await, Ok(10));
        assert_eq!(run.status().await.unwrap().version, "2");
        let back = client.start(guarded_2("go", 5).version("")).await.unwrap();
        assert_eq!(back.result().await, Ok(5));
        let bad = client.start(guarded("go", 5).version("2\n")).await;
        assert!(matches!(bad, Err(ClientError::InvalidName { what: "version", .. })), "{bad:?}");
    }
    worker.shutdown().await.unwrap();
}

async fn a_trace_context_is_kept_and_handed_down(hub: Hub) {
    let (worker, clients) = clients(&hub, &open_probe()).await;
    let given = TraceContext::new(7, 1, true);
    let current = TraceContext::new(8, 1, false);
    for client in clients {
        let plain = client.start(calls_guarded()).await.unwrap();
        plain.result().await.unwrap();
        assert_eq!(plain.status().await.unwrap().trace, None);

        let client = client.with_trace_source(move || current);
        let run = client.start(calls_guarded()).await.unwrap();
        run.result().await.unwrap();
        assert_eq!(run.status().await.unwrap().trace, current);
        let trace_of = |t: Option<TraceContext>| t.map(|t| t.trace_id());
        assert_eq!(trace_of(client.instance("child").status().await.unwrap().trace), trace_of(current));

        let run = client.start(calls_guarded().traceparent(given.unwrap())).await.unwrap();
        run.result().await.unwrap();
        assert_eq!(run.status().await.unwrap().trace, given);
        assert_eq!(trace_of(client.instance("child").status().await.unwrap().trace), trace_of(given));
    }
    worker.shutdown().await.unwrap();
}
