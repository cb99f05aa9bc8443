//@ category: statics
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::sync::atomic::{AtomicU64, Ordering};
struct Metrics { calls: AtomicU64 }
static METRICS: Metrics = Metrics { calls: AtomicU64::new(0) };

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    METRICS.calls.fetch_add(1, Ordering::Relaxed); //~ ERROR
    Ok(0)
}

fn main() {}
