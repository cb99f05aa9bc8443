//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

mod fastrand { pub fn u64() -> u64 { 1 } }
use crate::fastrand as f;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = f::u64() + fastrand::u64();
    Ok(0)
}

fn main() {}
