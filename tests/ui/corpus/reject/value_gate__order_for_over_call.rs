//@ category: order
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

fn distinct(v: &[u64]) -> HashSet<u64> {
    let mut s = HashSet::new();
    for n in v { s.insert(*n); }
    s
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    for k in distinct(&[1, 2]) {  //~ ERROR
        ctx.call(work(k)).await?;
    }
    Ok(0)
}

fn main() {}
