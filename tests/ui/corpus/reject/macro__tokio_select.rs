//@ category: macro
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    tokio::select! { //~ ERROR
        _ = ctx.timer(Duration::from_secs(1)) => {}
        _ = ctx.timer(Duration::from_secs(2)) => {}
    }
    Ok(0)
}

fn main() {}
