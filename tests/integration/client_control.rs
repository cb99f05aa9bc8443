//! Raise, terminate, suspend, resume: request ids, and what is checked before anything is written.

use durable::history::Event;
use durable::limits::{FAILURE_TEXT_BYTES_MAX, NAME_CHARS_MAX, PAYLOAD_BYTES_MAX};
use durable::prelude::*;
use durable::{ClientError, InstanceHandle};

use crate::common::{Hub, on_each_store};

on_each_store!(
    an_event_raised_again_with_its_request_id_comes_once,
    requests_of_many_callers_come_once,
    control_with_a_request_id_has_one_effect,
    a_request_to_an_instance_that_is_gone_is_answered_as_before,
    bad_names_and_payloads_are_refused_and_nothing_is_written,
    reasons_have_a_limit,
    a_custom_status_has_a_limit,
);

/// Ends with what it was sent, when it is sent `end`.
#[orchestrator]
async fn collects(ctx: &OrchestrationContext) -> Result<Vec<u32>> {
    let mut all = Vec::new();
    loop {
        match ctx.event::<u32>("item").await {
            0 => return Ok(all),
            n => all.push(n),
        }
    }
}

#[orchestrator]
async fn says_much(ctx: &OrchestrationContext, bytes: usize) -> Result<Option<String>> {
    ctx.set_custom_status("before")?;
    // With its quotes.
    let refused = ctx.set_custom_status(&"x".repeat(bytes - 2)).err();
    Ok(refused.map(|e| e.to_string()))
}

async fn worker(hub: &Hub) -> Worker {
    hub.worker().register(collects::definition()).register(says_much::definition()).start().await.unwrap()
}

async fn count(instance: &InstanceHandle, is_it: impl Fn(&Event) -> bool) -> usize {
    instance.history().await.unwrap().events().filter(|e| is_it(&e.event)).count()
}

async fn an_event_raised_again_with_its_request_id_comes_once(hub: Hub) {
    let worker = worker(&hub).await;
    for (n, client) in [worker.client(), hub.client()].into_iter().enumerate() {
        let run = client.start(collects()).await.unwrap();
        let (item, key) = (run.instance(), |k: u32| format!("{n}-{k}"));
        item.raise("item", &1).request_id(key(1)).await.unwrap();
        item.raise("item", &1).request_id(key(1)).await.unwrap();
        item.raise("item", &2).request_id(key(2)).await.unwrap();
        item.raise("item", &1).request_id(key(1)).await.unwrap();
        // Without an id each one counts.
        item.raise("item", &3).await.unwrap();
        item.raise("item", &3).await.unwrap();
        let other = item.raise("other", &1).request_id(key(1)).await.unwrap_err();
        let says = format!("raise {} item", run.id());
        assert!(matches!(&other, ClientError::RequestIdReused { operation, .. } if *operation == says), "{other:?}");
        item.raise("item", &0).await.unwrap();
        assert_eq!(run.result().await.unwrap(), [1, 2, 3, 3]);
    }
    worker.shutdown().await.unwrap();
}

async fn requests_of_many_callers_come_once(hub: Hub) {
    let worker = worker(&hub).await;
    let run = worker.client().start(collects().instance_id("many")).await.unwrap();
    let mut raising = tokio::task::JoinSet::new();
    for n in 0..60_u32 {
        let client = if n % 2 == 0 { worker.client() } else { Client::new(hub.elsewhere().await) };
        raising.spawn(async move {
            let value = n % 20 + 1;
            client.instance("many").raise("item", &value).request_id(format!("k{value}")).await.unwrap();
        });
    }
    raising.join_all().await;
    run.instance().raise("item", &0).await.unwrap();
    let mut all = run.result().await.unwrap();
    all.sort_unstable();
    assert_eq!(all, (1..=20).collect::<Vec<_>>());
    worker.shutdown().await.unwrap();
}

async fn control_with_a_request_id_has_one_effect(hub: Hub) {
    let worker = worker(&hub).await;
    let run = worker.client().start(collects().instance_id("held")).await.unwrap();
    let held = hub.client().instance("held");
    held.suspend("hold").request_id("s").await.unwrap();
    hub.until("held", |r| r.status == Status::Suspended).await;
    held.resume("go on").request_id("r").await.unwrap();
    hub.until("held", |r| r.status == Status::Running).await;
    // Late, and again: it was carried out, and is not carried out now.
    held.suspend("hold").request_id("s").await.unwrap();
    held.suspend("for another reason").request_id("s").await.unwrap();
    held.raise("item", &7).await.unwrap();
    held.raise("item", &0).await.unwrap();
    assert_eq!(run.result().await.unwrap(), [7]);
    assert_eq!(count(&held, |e| matches!(e, Event::Suspended { .. })).await, 1);

    let again = worker.client().start(collects().instance_id("held")).await.unwrap();
    held.terminate("enough").request_id("t").await.unwrap();
    again.instance().finished().await.unwrap();
    let third = worker.client().start(collects().instance_id("held")).await.unwrap();
    held.terminate("enough").request_id("t").await.unwrap();
    held.raise("item", &0).await.unwrap();
    assert_eq!(third.result().await.unwrap().len(), 0, "the old request does not end it");
    worker.shutdown().await.unwrap();
}

async fn a_request_to_an_instance_that_is_gone_is_answered_as_before(hub: Hub) {
    let worker = worker(&hub).await;
    let run = worker.client().start(collects().instance_id("gone")).await.unwrap();
    run.instance().raise("item", &0).request_id("k").await.unwrap();
    run.result().await.unwrap();
    run.instance().raise("item", &0).request_id("k").await.unwrap();
    let new = run.instance().raise("item", &0).request_id("new").await.unwrap_err();
    assert!(matches!(new, ClientError::AlreadyFinished { status: Status::Completed, .. }), "{new:?}");
    run.instance().purge().await.unwrap();
    run.instance().raise("item", &0).request_id("k").await.unwrap();
    let new = run.instance().raise("item", &0).request_id("new").await.unwrap_err();
    assert!(matches!(new, ClientError::NotFound(_)), "{new:?}");
    worker.shutdown().await.unwrap();
}

async fn bad_names_and_payloads_are_refused_and_nothing_is_written(hub: Hub) {
    let worker = worker(&hub).await;
    let run = worker.client().start(collects()).await.unwrap();
    for client in [worker.client(), hub.client()] {
        let item = client.instance(run.id());
        for bad in ["", "a\0b", "a\nb", "\u{85}", &"x".repeat(NAME_CHARS_MAX + 1), &"x".repeat(64 * 1024)] {
            let error = item.raise(bad, &1).await.unwrap_err();
            assert!(matches!(&error, ClientError::InvalidName { what: "event name", .. }), "{bad:?}: {error:?}");
            assert!(error.to_string().len() < 2_000, "{}", error.to_string().len());
        }
        let no_json: std::collections::HashMap<(u32, u32), u32> = [((1, 2), 3)].into();
        assert!(matches!(item.raise("item", &no_json).await, Err(ClientError::InvalidInput(_))));
        let huge = "x".repeat(PAYLOAD_BYTES_MAX);
        assert!(matches!(item.raise("item", &huge).await, Err(ClientError::InvalidInput(_))));
        assert!(matches!(client.instance("a#b").raise("item", &1).await, Err(ClientError::InvalidId(_))));
        for name in ["'; DROP TABLE inbox; --", "%_", "שלום", &"ü".repeat(NAME_CHARS_MAX)] {
            item.raise(name, &1).await.unwrap();
        }
    }
    run.instance().raise("item", &0).await.unwrap();
    assert_eq!(run.result().await.unwrap().len(), 0);
    assert_eq!(count(run.instance(), |e| matches!(e, Event::EventRaised { .. })).await, 9);
    worker.shutdown().await.unwrap();
}

async fn reasons_have_a_limit(hub: Hub) {
    let worker = worker(&hub).await;
    let run = worker.client().start(collects()).await.unwrap();
    let (longest, long) = ("x".repeat(FAILURE_TEXT_BYTES_MAX), "x".repeat(FAILURE_TEXT_BYTES_MAX + 1));
    let item = run.instance();
    let too_long = ClientError::ReasonTooLong(FAILURE_TEXT_BYTES_MAX + 1);
    assert_eq!(item.suspend(&*long).await.unwrap_err(), too_long);
    assert_eq!(item.resume(&*long).await.unwrap_err(), too_long);
    assert_eq!(item.terminate(&*long).await.unwrap_err(), too_long);
    assert_eq!(item.rewind(&*long).await.unwrap_err(), too_long);
    assert_eq!(item.discard(&*long).await.unwrap_err(), too_long);
    assert_eq!(run.history().await.unwrap().turns.len(), 1);
    item.terminate(&*longest).await.unwrap();
    let end = item.finished().await.unwrap();
    assert_eq!(end.result.unwrap().unwrap_err().message, longest);
    worker.shutdown().await.unwrap();
}

async fn a_custom_status_has_a_limit(hub: Hub) {
    let worker = worker(&hub).await;
    let most = durable::limits::CUSTOM_STATUS_BYTES_MAX;
    let fits = worker.client().start(says_much(most)).await.unwrap();
    assert_eq!(fits.result().await.unwrap(), None);
    assert_eq!(fits.instance().custom_status::<String>().await.unwrap().unwrap().len(), most - 2);
    let refused = worker.client().start(says_much(most + 1)).await.unwrap();
    let why = refused.result().await.unwrap().unwrap();
    assert!(why.contains(&(most + 1).to_string()) && why.contains(&most.to_string()), "{why}");
    assert_eq!(refused.instance().custom_status::<String>().await.unwrap().unwrap(), "before");
    worker.shutdown().await.unwrap();
}
