//@ category: threads
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::thread;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let h = thread::spawn(|| 1); //~ ERROR
    let _n = h.join();
    Ok(0)
}

fn main() {}
