//! What cannot be recorded, or is too large, is a typed error; nothing else stops.

use std::collections::BTreeMap;

use durable::limits::PAYLOAD_BYTES_MAX;
use durable::prelude::*;
use durable::{ClientError, PayloadError};

use crate::common::{Hub, on_each_store};

on_each_store!(
    a_start_with_an_input_that_is_too_large_is_refused,
    a_start_with_an_input_that_cannot_be_written_is_refused,
    an_activity_with_too_much_in_or_out_is_an_invalid_call,
    an_orchestrator_with_too_large_a_result_fails,
    a_text_of_any_length_in_an_error_or_a_panic_harms_nobody,
    a_large_payload_comes_through,
    a_value_that_does_not_come_back_is_an_invalid_call,
);

/// A string whose JSON is one byte too large.
fn too_large() -> String {
    "x".repeat(PAYLOAD_BYTES_MAX - 1)
}

#[activity]
async fn swallow(text: &str) -> Result<usize> {
    Ok(text.len())
}

#[activity]
async fn produce(bytes: usize) -> Result<String> {
    Ok("x".repeat(bytes))
}

#[activity]
async fn fail_with(bytes: usize) -> Result<(), String> {
    Err("x".repeat(bytes))
}

#[orchestrator]
async fn echo(ctx: &OrchestrationContext, text: String) -> Result<usize> {
    Ok(ctx.call(swallow(&text)).await?)
}

async fn a_start_with_an_input_that_is_too_large_is_refused(hub: Hub) {
    let worker = hub.worker().register(echo::definition()).register(swallow::definition()).start().await.unwrap();
    for client in [worker.client(), hub.client()] {
        let error = client.start(echo(too_large()).instance_id("large")).await.unwrap_err();
        assert!(matches!(error, ClientError::InvalidInput(PayloadError::TooLarge { .. })), "{error:?}");
        assert!(error.to_string().contains(&PAYLOAD_BYTES_MAX.to_string()), "{error}");
    }
    assert_eq!(crate::common::check::instances(&*hub.store()).await, []);
    worker.shutdown().await.unwrap();
}

type Unwritable = BTreeMap<(u8, u8), u8>;

#[activity]
async fn take_map(map: Unwritable) -> Result<usize> {
    Ok(map.len())
}

#[activity]
async fn make_map(size: u8) -> Result<Unwritable> {
    Ok((0..size).map(|n| ((n, n), n)).collect())
}

#[orchestrator]
async fn start_with_map(_ctx: &OrchestrationContext, map: Unwritable) -> Result<usize> {
    Ok(map.len())
}

#[orchestrator]
async fn call_with_map(ctx: &OrchestrationContext) -> Result<(String, String, usize)> {
    let text = |result: String| result;
    let input = match ctx.call(take_map(BTreeMap::from([((1, 2), 3)]))).await {
        Err(CallError::Invalid(why)) => text(why),
        other => panic!("{other:?}"),
    };
    let output = match ctx.call(make_map(1)).await {
        Err(CallError::Invalid(why)) => text(why),
        other => panic!("{other:?}"),
    };
    // Without a key there is nothing that cannot be written.
    Ok((input, output, ctx.call(take_map(BTreeMap::new())).await?))
}

async fn a_start_with_an_input_that_cannot_be_written_is_refused(hub: Hub) {
    let definitions =
        [start_with_map::definition(), call_with_map::definition(), take_map::definition(), make_map::definition()];
    let worker = definitions.into_iter().fold(hub.worker(), |w, d| w.register(d)).start().await.unwrap();
    for client in [worker.client(), hub.client()] {
        let error = client.start(start_with_map(BTreeMap::from([((1, 2), 3)]))).await.unwrap_err();
        assert!(matches!(error, ClientError::InvalidInput(PayloadError::Encode { .. })), "{error:?}");
        assert!(error.to_string().contains("key must be a string"), "{error}");
    }
    let (input, output, size) = worker.client().start(call_with_map()).await.unwrap().result().await.unwrap();
    assert!(input.contains("the arguments of `take_map`") && input.contains("key must be a string"), "{input}");
    assert!(output.contains("key must be a string"), "{output}");
    assert_eq!(size, 0);
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn large_calls(ctx: &OrchestrationContext) -> Result<Vec<String>> {
    fn invalid<T: std::fmt::Debug, E: std::fmt::Debug>(result: Result<T, CallError<E>>) -> String {
        match result {
            Err(CallError::Invalid(why)) => why,
            _ => panic!("neither refused nor too large"),
        }
    }
    Ok(vec![
        invalid(ctx.call(swallow(&too_large())).await),
        invalid(ctx.call(produce(PAYLOAD_BYTES_MAX - 1)).await),
        invalid(ctx.call(fail_with(PAYLOAD_BYTES_MAX - 1)).await),
    ])
}

async fn an_activity_with_too_much_in_or_out_is_an_invalid_call(hub: Hub) {
    let definitions =
        [swallow::definition(), produce::definition(), fail_with::definition(), large_calls::definition()];
    let worker = definitions.into_iter().fold(hub.worker(), |w, d| w.register(d)).start().await.unwrap();
    let run = worker.client().start(large_calls()).await.unwrap();
    // That the texts come through shows that none of them is as large as what it is about.
    for why in run.result().await.unwrap() {
        assert!(why.contains(&format!("at most {PAYLOAD_BYTES_MAX} are allowed")), "{why:.300}");
    }
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn large_result(_ctx: &OrchestrationContext, bytes: usize) -> Result<String> {
    Ok("x".repeat(bytes))
}

async fn an_orchestrator_with_too_large_a_result_fails(hub: Hub) {
    let worker = hub.worker().register(large_result::definition()).start().await.unwrap();
    let run = worker.client().start(large_result(PAYLOAD_BYTES_MAX - 1)).await.unwrap();
    match run.result().await {
        Err(RunError::Ended(CallError::Invalid(why))) => assert!(why.contains("are allowed"), "{why}"),
        other => panic!("{:.300}", format!("{other:?}")),
    }
    assert_eq!(run.status().await.unwrap().status, Status::Failed);
    let fits = worker.client().start(large_result(PAYLOAD_BYTES_MAX - 2)).await.unwrap();
    assert_eq!(fits.result().await.unwrap().len(), PAYLOAD_BYTES_MAX - 2);
    worker.shutdown().await.unwrap();
}

#[activity]
async fn panic_with(bytes: usize) -> Result<()> {
    panic!("{}", "x".repeat(bytes))
}

#[orchestrator]
async fn large_texts(ctx: &OrchestrationContext, how: u32) -> Result<usize, String> {
    let error = match how {
        // Fits once, but not twice: as the message for humans and as the value for programs.
        0 => ctx.call(fail_with(PAYLOAD_BYTES_MAX * 3 / 4)).await.unwrap_err().to_string(),
        1 => ctx.call(panic_with(PAYLOAD_BYTES_MAX * 2)).await.unwrap_err().to_string(),
        2 => panic!("{}", "x".repeat(PAYLOAD_BYTES_MAX * 2)),
        _ => return Err("x".repeat(PAYLOAD_BYTES_MAX - 2)),
    };
    Ok(error.len())
}

/// No event takes more than a payload and what surrounds it.
async fn a_text_of_any_length_in_an_error_or_a_panic_harms_nobody(hub: Hub) {
    let definitions = [fail_with::definition(), panic_with::definition(), large_texts::definition()];
    let worker = definitions.into_iter().fold(hub.worker(), |w, d| w.register(d)).start().await.unwrap();
    for how in 0..4 {
        let run = worker.client().start(large_texts(how)).await.unwrap();
        // How it ends is not the point here.
        let _ = run.result().await;
        for e in run.history().await.unwrap().events() {
            let bytes = serde_json::to_string(&e.event).unwrap().len();
            assert!(bytes <= PAYLOAD_BYTES_MAX + 64 * 1024, "case {how}: {} takes {bytes} bytes", e.event.type_name());
        }
    }
    worker.shutdown().await.unwrap();
}

async fn a_large_payload_comes_through(hub: Hub) {
    let worker = hub.worker().register(echo::definition()).register(swallow::definition()).start().await.unwrap();
    // The arguments are an array of one string: four bytes more than its text.
    let text = "x".repeat(PAYLOAD_BYTES_MAX - 4);
    let size = text.len();
    let run = worker.client().start(echo(text)).await.unwrap();
    assert_eq!(run.result().await.unwrap(), size);
    worker.shutdown().await.unwrap();
}

/// serde writes NaN as null, and null is no number.
#[activity]
async fn not_a_number() -> Result<f64> {
    Ok(f64::NAN)
}

/// Deeper than serde_json reads.
#[activity]
async fn deep() -> Result<serde_json::Value> {
    Ok((0..1_000).fold(serde_json::Value::Null, |inner, _| serde_json::Value::Array(vec![inner])))
}

#[orchestrator]
async fn strange_values(ctx: &OrchestrationContext) -> Result<(String, String)> {
    let number = ctx.call(not_a_number()).await.unwrap_err();
    let deep = ctx.call(deep()).await.unwrap_err();
    Ok((number.to_string(), deep.to_string()))
}

async fn a_value_that_does_not_come_back_is_an_invalid_call(hub: Hub) {
    let definitions = [not_a_number::definition(), deep::definition(), strange_values::definition()];
    let worker = definitions.into_iter().fold(hub.worker(), |w, d| w.register(d)).start().await.unwrap();
    let (number, deep) = worker.client().start(strange_values()).await.unwrap().result().await.unwrap();
    assert!(number.starts_with("invalid: the result of `not_a_number`"), "{number}");
    assert!(deep.starts_with("invalid: the result of `deep`") && deep.contains("recursion limit"), "{deep}");
    worker.shutdown().await.unwrap();
}
