//@ category: cfg
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    #[cfg(any())]
    println!("never");
    #[cfg(any())]
    let _t = std::time::Instant::now();
    let _n = 1;
    Ok(0)
}

fn main() {}
