//@ category: unsafe
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _f: f32 = unsafe { std::mem::transmute(1u32) }; //~ ERROR
    Ok(0)
}

fn main() {}
