//@ category: order
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, m: HashMap<u64, u64>) -> Result<u64> {
    let a: BTreeMap<_, _> = m.clone().into_iter().collect();
    let b: std::collections::BTreeMap<u64, u64> = m.iter().map(|(k, v)| (*k, v + 1)).collect();
    let c: BTreeSet<u64> = m.values().copied().collect();
    let d: HashMap<_, _> = m.iter().filter(|(k, _)| **k > 1).collect();
    let e: HashSet<u64> = m.keys().filter_map(|k| k.checked_sub(1)).collect();
    let f = m.iter().collect::<BTreeMap<_, _>>();
    let g = m.keys().cloned().flat_map(|k| [k, k + 1]).collect::<BTreeSet<_>>();
    let h = BTreeMap::from_iter(m.clone());
    let i = BTreeSet::from_iter(m.keys().map(|k| k * 2));
    let j = HashMap::<u64, u64>::from_iter(m.iter().map(|(k, v)| (*k, *v)));
    for (k, v) in a.iter().chain(&b) {
        ctx.call(work(k + v)).await?;
    }
    for k in m.keys().collect::<BTreeSet<_>>() {
        ctx.call(work(*k)).await?;
    }
    let _ = (c, d.len(), e.len(), f, g, h, i, j.len());
    Ok(0)
}

fn main() {}
