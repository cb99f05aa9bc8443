//@ category: closure
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::time::Instant;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _v: Vec<Instant> = std::iter::repeat_with(Instant::now).take(2).collect(); //~ ERROR
    Ok(0)
}

fn main() {}
