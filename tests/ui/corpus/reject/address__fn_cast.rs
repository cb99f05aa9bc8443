//@ category: address
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn price(n: u64) -> u64 { n }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _a = price as usize; //~ ERROR
    Ok(0)
}

fn main() {}
