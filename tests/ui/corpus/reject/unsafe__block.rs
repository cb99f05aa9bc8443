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
    let x = [1u8, 2];
    let _y = unsafe { *x.get_unchecked(0) }; //~ ERROR
    Ok(0)
}

fn main() {}
