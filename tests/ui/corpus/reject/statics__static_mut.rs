//@ category: statics
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

static mut N: u64 = 0;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = unsafe { N }; //~ ERROR
    Ok(0)
}

fn main() {}
