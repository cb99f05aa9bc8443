//@ category: macro
//@ caught-by: L1 L2a L2b
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _x = durable::join!(ctx.timer(std::time::Duration::from_secs(1)), std::future::ready(1)); //~ ERROR
    Ok(0)
}

fn main() {}
