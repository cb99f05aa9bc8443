//@ category: statics
//@ caught-by: L1f L2b
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
use std::sync::atomic::{AtomicU64, Ordering}; static COUNTER: AtomicU64 = AtomicU64::new(0);
#[durable::activity] async fn work(_ctx: &durable::ActivityContext, n: u64) -> Result<u64> { Ok(n) }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let n = COUNTER.fetch_add(1, Ordering::SeqCst); ctx.call(work(n)).await?; //~ ERROR
    Ok(0)
}

fn main() {}
