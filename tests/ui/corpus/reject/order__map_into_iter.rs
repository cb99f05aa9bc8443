//@ category: order
//@ caught-by: L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
#[durable::activity] async fn work(_ctx: &durable::ActivityContext, n: u64) -> Result<u64> { Ok(n) }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, m: std::collections::HashMap<u64, u64>) -> Result<u64> {
    let v: Vec<(u64, u64)> = m.into_iter().collect(); let _ = v; //~ ERROR
    Ok(0)
}

fn main() {}
