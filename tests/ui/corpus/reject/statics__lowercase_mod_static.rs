//@ category: statics
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
mod state { use std::sync::atomic::*; static C: AtomicU64 = AtomicU64::new(0); pub fn counter() -> u64 { C.fetch_add(1, Ordering::Relaxed) } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let n = state::counter(); //~ ERROR
    Ok(0)
}

fn main() {}
