//@ category: const
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn price(n: u64) -> u64 { n * 2 }
const PRICE: fn(u64) -> u64 = price;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let f: fn(u64) -> u64 = price;
    let _n = PRICE(2) + f(3);
    Ok(0)
}

fn main() {}
