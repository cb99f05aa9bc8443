//! Starting and calling by name, with JSON.

use std::time::Duration;

use durable::prelude::*;
use durable::{CallOptions, ClientError, ReusePolicy, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::common::{Hub, on_each_store};

on_each_store!(
    json_becomes_the_parameters,
    json_that_does_not_fit_fails_the_execution,
    errors_come_as_json,
    a_start_by_name_has_every_option,
    names_are_checked,
    a_name_that_nobody_knows_waits_visibly,
    a_typed_handle_reads_what_was_started_by_name,
    activities_are_called_by_name,
    orchestrators_are_called_by_name,
);

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Order {
    id: String,
    items: Vec<u32>,
}

#[orchestrator]
async fn no_parameter(_ctx: &OrchestrationContext) -> Result<u32> {
    Ok(0)
}

#[orchestrator]
async fn one_struct(_ctx: &OrchestrationContext, order: Order) -> Result<usize> {
    Ok(order.items.len())
}

#[orchestrator]
async fn one_list(_ctx: &OrchestrationContext, names: Vec<String>) -> Result<String> {
    Ok(names.join("+"))
}

#[orchestrator]
async fn one_option(_ctx: &OrchestrationContext, maybe: Option<u32>) -> Result<bool> {
    Ok(maybe.is_some())
}

#[orchestrator]
async fn two_parameters(_ctx: &OrchestrationContext, name: &str, n: u32) -> Result<String> {
    Ok(name.repeat(n as usize))
}

#[orchestrator]
async fn fails(_ctx: &OrchestrationContext, code: u32) -> Result<(), Declined> {
    if code == 0 { panic!("zero") } else { Err(Declined { code }) }
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Declined {
    code: u32,
}

impl std::fmt::Display for Declined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "declined with code {}", self.code)
    }
}

#[activity]
async fn charge(order: &str, cents: u32) -> Result<String, Declined> {
    if cents > 100 { Err(Declined { code: cents }) } else { Ok(format!("{order}: {cents}")) }
}

#[activity]
async fn second_time(ctx: &ActivityContext) -> Result<u32> {
    if ctx.attempt() == 1 { Err(durable::Error::msg("not yet")) } else { Ok(ctx.attempt()) }
}

#[orchestrator]
async fn calls_activities(ctx: &OrchestrationContext) -> Result<Vec<String>> {
    let mut told = Vec::new();
    told.push(ctx.call_by_name::<String>("charge", &("order-7", 42)).await?);
    match ctx.call_by_name::<String>("charge", &json!(["order-8", 1_000])).await {
        Err(CallError::Failed(e)) => told.push(format!("failed: {e}")),
        other => panic!("{other:?}"),
    }
    match ctx.call_by_name::<u32>("charge", &("order-9", 1)).await {
        Err(CallError::Invalid(e)) => told.push(format!("not a number: {}", e.contains("result of `charge`"))),
        other => panic!("{other:?}"),
    }
    match ctx.call_by_name::<String>("charge", &"order-10").await {
        Err(CallError::Invalid(e)) => told.push(format!("does not fit: {}", e.contains("does not fit its parameters"))),
        other => panic!("{other:?}"),
    }
    let twice = CallOptions::new().retry(RetryPolicy::fixed(2, Duration::from_millis(1)));
    let attempt: u32 = ctx.call_by_name_with("second_time", &(), twice).await?;
    told.push(format!("attempt {attempt}"));
    Ok(told)
}

#[orchestrator]
async fn calls_orchestrators(ctx: &OrchestrationContext) -> Result<(String, u32, String)> {
    let two = ctx.call_orchestrator_by_name::<String>("two_parameters", "", &("ab", 2));
    let none = ctx.call_orchestrator_by_name::<u32>("no_parameter", "", &());
    let failed = ctx.call_orchestrator_by_name::<()>("fails", "", &3).await;
    Ok((two.await?, none.await?, failed.unwrap_err().to_string()))
}

async fn worker(hub: &Hub) -> Worker {
    let worker = hub.worker().register(no_parameter::definition()).register(one_struct::definition());
    let worker = worker.register(one_list::definition()).register(one_option::definition());
    let worker = worker.register(two_parameters::definition()).register(fails::definition());
    let worker = worker.register(charge::definition()).register(second_time::definition());
    let worker = worker.register(calls_activities::definition()).register(calls_orchestrators::definition());
    worker.start().await.unwrap()
}

async fn json_becomes_the_parameters(hub: Hub) {
    let worker = worker(&hub).await;
    let cases = [
        ("no_parameter", json!([]), json!(0)),
        ("no_parameter", json!(null), json!(0)),
        ("one_struct", json!({ "id": "a", "items": [1, 2] }), json!(2)),
        ("one_struct", json!([{ "id": "a", "items": [] }]), json!(0)),
        ("one_list", json!([["Tokyo", "Seattle"]]), json!("Tokyo+Seattle")),
        ("one_option", json!([null]), json!(false)),
        ("one_option", json!(7), json!(true)),
        ("two_parameters", json!(["ab", 3]), json!("ababab")),
        ("two_parameters", json!(["'; \\\" \u{0}", 1]), json!("'; \\\" \u{0}")),
    ];
    for client in [worker.client(), hub.client()] {
        for (name, input, result) in &cases {
            let run = client.start_by_name(name, input).await.unwrap();
            assert_eq!(run.result_json().await.unwrap(), *result, "{name} {input}");
            assert_eq!(run.result().await.unwrap(), *result);
            assert_eq!(run.status().await.unwrap().name, *name);
        }
        // Any value that can be written as JSON.
        let typed = Order { id: "a".into(), items: vec![1, 2, 3] };
        assert_eq!(client.start_by_name("one_struct", &typed).await.unwrap().result().await.unwrap(), 3);
        let run = client.start_by_name("two_parameters", &("x", 2)).await.unwrap();
        assert_eq!(run.result().await.unwrap(), "xx");
    }
    worker.shutdown().await.unwrap();
}

async fn json_that_does_not_fit_fails_the_execution(hub: Hub) {
    let worker = worker(&hub).await;
    let cases = [
        ("two_parameters", json!("ab")),
        ("two_parameters", json!([])),
        ("two_parameters", json!([1, "ab"])),
        ("one_list", json!(["Tokyo", "Seattle"])),
        ("one_struct", json!({ "id": 7 })),
    ];
    for (name, input) in cases {
        let run = worker.client().start_by_name(name, &input).await.unwrap();
        match run.result().await {
            Err(RunError::Ended(CallError::Invalid(e))) => {
                assert!(e.contains(name) && e.contains("does not fit its parameters"), "{e}");
            }
            other => panic!("{name} {input}: {other:?}"),
        }
    }
    worker.shutdown().await.unwrap();
}

async fn errors_come_as_json(hub: Hub) {
    let worker = worker(&hub).await;
    let run = worker.client().start_by_name("fails", &7).await.unwrap();
    assert_eq!(run.result().await.unwrap_err().failed(), Some(&json!({ "code": 7 })));
    let again = hub.client().instance(run.id()).result_json().await;
    assert_eq!(again.unwrap_err().failed(), Some(&json!({ "code": 7 })));
    let panicked = worker.client().start_by_name("fails", &0).await.unwrap();
    assert!(matches!(panicked.result().await, Err(RunError::Ended(CallError::Panicked(e))) if e.contains("zero")));
    worker.shutdown().await.unwrap();
}

async fn a_start_by_name_has_every_option(hub: Hub) {
    let worker = worker(&hub).await;
    for (n, client) in [worker.client(), hub.client()].into_iter().enumerate() {
        let (id, key) = (format!("order-{n}"), format!("k{n}"));
        let soon: Timestamp = (std::time::SystemTime::now() + Duration::from_millis(100)).into();
        let start = || client.start_by_name("two_parameters", &("x", 2)).instance_id(&*id).tag("shard", "a");
        let run = start().request_id(&*key).start_at(soon).await.unwrap();
        let status = run.status().await.unwrap();
        assert_eq!((status.id.as_str(), status.status), (&*id, Status::Pending));
        assert_eq!((status.tags.get("shard"), status.input.unwrap().as_str()), (Some("a"), r#"["x",2]"#));
        assert_eq!(start().request_id(&*key).await.unwrap().result().await.unwrap(), "xx");
        let never = start().reuse(ReusePolicy::never()).await.unwrap_err();
        assert!(matches!(never, ClientError::AlreadyExists { status: Status::Completed, .. }), "{never:?}");
        let reused = client.start_by_name("no_parameter", &()).request_id(&*key).await.unwrap_err();
        assert!(matches!(reused, ClientError::RequestIdReused { .. }), "{reused:?}");
        let later = client.start_by_name("no_parameter", &()).start_after(Duration::from_secs(3600)).await.unwrap();
        assert_eq!(later.status().await.unwrap().status, Status::Pending);
        later.instance().terminate("enough").await.unwrap();
        later.instance().finished().await.unwrap();
    }
    worker.shutdown().await.unwrap();
}

async fn names_are_checked(hub: Hub) {
    let client = hub.client();
    for bad in ["", "a\0b", "a\nb", &"x".repeat(257)] {
        let error = client.start_by_name(bad, &()).await.unwrap_err();
        assert!(matches!(error, ClientError::InvalidName { what: "orchestrator name", .. }), "{bad:?}: {error:?}");
    }
    let ids: std::collections::HashMap<(u32, u32), u32> = [((1, 2), 3)].into();
    assert!(matches!(client.start_by_name("a", &ids).await, Err(ClientError::InvalidInput(_))));
    let huge = "x".repeat(durable::limits::PAYLOAD_BYTES_MAX);
    assert!(matches!(client.start_by_name("a", &huge).await, Err(ClientError::InvalidInput(_))));
    assert_eq!(crate::common::check::instances(&*hub.store()).await, [], "nothing is written");
}

async fn a_name_that_nobody_knows_waits_visibly(hub: Hub) {
    let first = hub.worker().start().await.unwrap();
    let run = hub.client().start_by_name("two_parameters", &("x", 2)).await.unwrap();
    hub.until(run.id(), |r| r.status == Status::Parked).await;
    assert!(run.status().await.unwrap().parked_reason.unwrap().contains("`two_parameters`"));
    let second = worker(&hub).await;
    assert_eq!(run.result().await.unwrap(), "xx");
    first.shutdown().await.unwrap();
    second.shutdown().await.unwrap();
}

async fn a_typed_handle_reads_what_was_started_by_name(hub: Hub) {
    let worker = worker(&hub).await;
    let run = worker.client().start_by_name("two_parameters", &("x", 2)).await.unwrap();
    let typed = worker.client().instance(run.id()).result::<two_parameters>().await;
    assert_eq!(typed.unwrap(), "xx");
    let value: Value = worker.client().instance(run.id()).result_json().await.unwrap();
    assert_eq!(value, json!("xx"));
    worker.shutdown().await.unwrap();
}

async fn activities_are_called_by_name(hub: Hub) {
    let worker = worker(&hub).await;
    let told = worker.client().start(calls_activities()).await.unwrap().result().await.unwrap();
    let expected =
        ["order-7: 42", "failed: declined with code 1000", "not a number: true", "does not fit: true", "attempt 2"];
    assert_eq!(told, expected);
    worker.shutdown().await.unwrap();
}

async fn orchestrators_are_called_by_name(hub: Hub) {
    let worker = worker(&hub).await;
    let (two, none, failed) = worker.client().start(calls_orchestrators()).await.unwrap().result().await.unwrap();
    assert_eq!((&*two, none), ("abab", 0));
    assert!(failed.contains("declined with code 3"), "{failed}");
    worker.shutdown().await.unwrap();
}
