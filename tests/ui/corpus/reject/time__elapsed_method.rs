//@ category: time
//@ caught-by: L1 L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
thread_local! { static START: std::time::Instant = std::time::Instant::now(); }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    if START.with(|s| s.elapsed()).as_secs() > 5 { return Ok(1) } //~ ERROR
    Ok(0)
}

fn main() {}
