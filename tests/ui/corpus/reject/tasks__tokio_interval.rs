//@ category: tasks
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use tokio::time;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut i = time::interval(Duration::from_secs(1)); //~ ERROR
    Ok(0)
}

fn main() {}
