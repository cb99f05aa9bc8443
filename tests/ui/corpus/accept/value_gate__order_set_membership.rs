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
    let mut seen = HashSet::new();
    for n in [1u64, 2, 1] {
        if seen.insert(n) { ctx.call(work(n)).await?; }
    }
    let _ = seen.contains(&1) && seen.len() == 2;
    Ok(0)
}

fn main() {}
