//@ category: sync
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::sync::atomic::*;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let n = AtomicU64::new(0); //~ ERROR
    let _m: std::result::Result<u64, u64> = Ok(1);
    Ok(0)
}

fn main() {}
