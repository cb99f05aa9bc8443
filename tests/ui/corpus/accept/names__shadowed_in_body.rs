//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::time::Instant;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    struct Instant;
    impl Instant { fn now() -> u64 { 1 } }
    let _n = Instant::now();
    Ok(0)
}

fn main() {}
