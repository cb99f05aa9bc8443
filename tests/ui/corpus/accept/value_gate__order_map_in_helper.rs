//@ category: order
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

fn price(m: &HashMap<u64, u64>, k: u64) -> u64 {
    m.get(&k).copied().unwrap_or(0)
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let m = HashMap::from([(1u64, 2u64)]);
    let n = price(&m, 1) + m.len() as u64;
    ctx.call(work(n)).await?;
    Ok(0)
}

fn main() {}
