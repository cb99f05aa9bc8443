//@ category: time
//@ caught-by: L1 L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _s = std::time::UNIX_EPOCH.elapsed(); //~ ERROR
    Ok(0)
}

fn main() {}
