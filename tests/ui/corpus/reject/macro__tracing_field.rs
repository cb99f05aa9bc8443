//@ category: macro
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::time::Instant;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    tracing::info!(at = ?Instant::now(), "step"); //~ ERROR
    Ok(0)
}

fn main() {}
