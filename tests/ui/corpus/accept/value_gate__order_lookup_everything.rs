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
async fn flow(ctx: &OrchestrationContext, m: HashMap<u64, u64>) -> Result<u64> {
    let mut m = m;
    let _ = (m.get(&1), m.contains_key(&2), m.len(), m.is_empty());
    m.insert(1, 2);
    *m.entry(3).or_insert(0) += 1;
    m.entry(4).and_modify(|v| *v += 1).or_default();
    if let Some(v) = m.get_mut(&1) { *v += 1; }
    let _ = m.remove(&1).unwrap_or_default() + m[&3];
    m.clear();
    Ok(0)
}

fn main() {}
