//@ category: order
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

#[activity]
async fn load(_n: u64) -> Result<HashMap<String, u64>> {
    Ok(HashMap::new())
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let m = ctx.call(load(1)).await?;
    let n = m.get("a").copied().unwrap_or(0);
    ctx.call(work(n)).await?;
    Ok(0)
}

fn main() {}
