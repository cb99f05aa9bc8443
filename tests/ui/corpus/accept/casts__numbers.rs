//@ category: casts
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let n = 3.7f64 as u64;
    let _m = n as usize as u8 as char;
    let _b = true as u8;
    Ok(0)
}

fn main() {}
