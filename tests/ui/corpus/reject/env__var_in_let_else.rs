//@ category: env
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::env;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let Ok(_r) = env::var("REGION") else { return Ok(1) }; //~ ERROR
    Ok(0)
}

fn main() {}
