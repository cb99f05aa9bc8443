//@ category: macro
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
use futures::join;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _x = join!(ctx.timer(std::time::Duration::from_secs(1)), ctx.timer(std::time::Duration::from_secs(2))); //~ ERROR
    Ok(0)
}

fn main() {}
