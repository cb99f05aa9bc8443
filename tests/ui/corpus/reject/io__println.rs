//@ category: io
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    println!("charging"); //~ ERROR
    Ok(0)
}

fn main() {}
