//@ category: order
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

fn group<K: std::hash::Hash + Eq>(keys: impl IntoIterator<Item = K>) -> HashMap<K, u64> {
    let mut m = HashMap::new();
    keys.into_iter().for_each(|k| { m.insert(k, 1); });
    m
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let g = group([1, 2, 3]);
    for (k, _) in g {  //~ ERROR
        ctx.call(work(k)).await?;
    }
    Ok(0)
}

fn main() {}
