//@ category: address
//@ caught-by: L1
//@ edition: 2021
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let x = 1u64;
    let _a = &x as *const u64 as usize; //~ ERROR
    Ok(0)
}

fn main() {}
