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
    let m = BTreeMap::from([(1u64, 2u64)]);
    if let Some((k, _)) = m.iter().next() { ctx.call(work(*k)).await?; }
    let Some(last) = m.keys().last() else { return Ok(1) };
    let n = match m.values().max() { Some(n) => *n, None => *last };
    let mut v = vec![(&0, &0)];
    v.extend(&m);
    let _ = (Vec::from_iter(m.clone()), n);
    Ok(0)
}

fn main() {}
