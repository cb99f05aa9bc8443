//@ category: threads
//@ caught-by: L1f C
//@ edition: 2021
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::thread::sleep;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    sleep(Duration::from_secs(1)); //~ ERROR
    Ok(0)
}

fn main() {}
