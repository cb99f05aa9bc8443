//@ category: transitive
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[durable::helper]
async fn step(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = std::time::Instant::now(); //~ ERROR
    ctx.timer(Duration::from_secs(1)).await;
    Ok(1)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    step(ctx).await?;
    Ok(0)
}

fn main() {}
