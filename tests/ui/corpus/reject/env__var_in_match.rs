//@ category: env
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    match std::env::var("MODE").as_deref() { //~ ERROR
        Ok("fast") => return Ok(1),
        _ => {}
    }
    Ok(0)
}

fn main() {}
