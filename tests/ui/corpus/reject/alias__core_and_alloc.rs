//@ category: alias
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

extern crate alloc;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _r = core::ptr::from_ref(&1u64); //~ ERROR
    Ok(0)
}

fn main() {}
