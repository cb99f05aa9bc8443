//@ category: cfg
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[cfg(feature = "nothing")]
fn id() -> u64 { rand::random() }
#[cfg(not(feature = "nothing"))]
fn id() -> u64 { 1 }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = id();
    Ok(0)
}

fn main() {}
