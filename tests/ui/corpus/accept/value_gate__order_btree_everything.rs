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
    let mut m: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    m.entry(1).or_default().push(2);
    for (k, v) in &m { ctx.call(work(*k + v.len() as u64)).await?; }
    m.retain(|_, v| !v.is_empty());
    let all: Vec<u64> = m.into_values().flatten().collect();
    let _ = format!("{all:?}");
    Ok(0)
}

fn main() {}
