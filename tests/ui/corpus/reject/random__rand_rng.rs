//@ category: random
//@ caught-by: L1 L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
use rand::Rng;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _x: u64 = rand::rng().random(); //~ ERROR
    Ok(0)
}

fn main() {}
