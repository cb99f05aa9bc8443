//@ category: tasks
//@ caught-by: L2a
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    std::future::pending::<()>().await; //~ ERROR
    Ok(0)
}

fn main() {}
