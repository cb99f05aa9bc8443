//@ category: tasks
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use tokio::task::JoinSet;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut set: JoinSet<u64> = JoinSet::new(); //~ ERROR
    Ok(0)
}

fn main() {}
