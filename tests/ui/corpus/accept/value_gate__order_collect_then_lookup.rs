//@ category: order
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;


#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let m: HashMap<u64, u64> = (0..3).map(|n| (n, n * n)).collect();
    let n = m[&2] + m.get(&1).copied().unwrap_or(0);
    ctx.call(work(n)).await?;
    Ok(0)
}

fn main() {}
