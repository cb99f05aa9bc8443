//@ category: address
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn key(x: &u64) -> usize { x as *const u64 as usize }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let x = 1u64;
    let _k = key(&x); //~ ERROR
    Ok(0)
}

fn main() {}
