//@ category: time
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::time::{Instant, SystemTime};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _a = Instant::now(); //~ ERROR
    let _b = rand::random::<u64>(); //~ ERROR
    let _c = std::env::var("X"); //~ ERROR
    Ok(0)
}

fn main() {}
