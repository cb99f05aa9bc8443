//@ category: cfg
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[cfg(test)]
mod ids { pub fn id() -> u64 { rand::random() } }
#[cfg(not(test))]
mod ids { pub fn id() -> u64 { 1 } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = ids::id();
    Ok(0)
}

fn main() {}
