//@ category: threads
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn pause() { std::thread::sleep(std::time::Duration::from_millis(1)) }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    pause(); //~ ERROR
    Ok(0)
}

fn main() {}
