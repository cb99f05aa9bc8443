//@ category: tasks
//@ caught-by: L1 L2a C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    tokio::time::sleep(std::time::Duration::from_secs(1)).await; //~ ERROR
    Ok(0)
}

fn main() {}
