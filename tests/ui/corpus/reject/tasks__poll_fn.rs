//@ category: tasks
//@ caught-by: L1 L2a
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::task::Poll;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _x: u64 = std::future::poll_fn(|_| Poll::Ready(1)).await; //~ ERROR
    Ok(0)
}

fn main() {}
