//@ category: alias
//@ caught-by: L1f L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

static CLOCK: fn() -> std::time::Instant = std::time::Instant::now;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = CLOCK(); //~ ERROR
    Ok(0)
}

fn main() {}
