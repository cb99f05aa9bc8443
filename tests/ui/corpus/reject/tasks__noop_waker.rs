//@ category: tasks
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::task::{Context, Waker};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut cx = Context::from_waker(Waker::noop()); //~ ERROR
    Ok(0)
}

fn main() {}
