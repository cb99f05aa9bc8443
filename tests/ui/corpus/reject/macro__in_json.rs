//@ category: macro
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _v = serde_json::json!({ "id": uuid::Uuid::new_v4().to_string() }); //~ ERROR
    Ok(0)
}

fn main() {}
