//@ category: order
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let m = dashmap::DashMap::<u64, u64>::new(); for e in m.iter() { let _ = e.key(); } //~ ERROR
    Ok(0)
}

fn main() {}
