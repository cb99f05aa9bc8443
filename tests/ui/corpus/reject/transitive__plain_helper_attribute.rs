//@ category: transitive
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[durable::helper]
fn price(n: u64) -> u64 {
    n + rand::random::<u64>() //~ ERROR
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = price(1);
    Ok(0)
}

fn main() {}
