//@ category: const
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    static NAMES: [&str; 2] = ["a", "b"];
    const MAX: usize = 2;
    let _n = NAMES.len().min(MAX);
    Ok(0)
}

fn main() {}
