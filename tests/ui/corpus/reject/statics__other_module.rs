//@ category: statics
//@ caught-by: L1f L2b
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

mod state { pub static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0); }
use state::COUNT as C;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = C.load(std::sync::atomic::Ordering::Relaxed); //~ ERROR
    Ok(0)
}

fn main() {}
