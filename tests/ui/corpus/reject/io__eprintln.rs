//@ category: io
//@ caught-by: L1 C
//@ edition: 2021
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    eprintln!("failed"); //~ ERROR
    Ok(0)
}

fn main() {}
