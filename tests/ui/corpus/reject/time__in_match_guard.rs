//@ category: time
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::time::SystemTime;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    match 1u64 {
        n if SystemTime::now().elapsed().is_ok() => { let _ = n; } //~ ERROR
        _ => {}
    }
    Ok(0)
}

fn main() {}
