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
    let limit = 3;
    let names: HashSet<String> = HashSet::new();
    let wanted: Vec<String> = vec![];
    if m.values().all(|v| *v > limit) && !m.keys().any(|k| k == &limit) {
        ctx.call(work(1)).await?;
    }
    let n = m.values().filter(|v| **v > 1).count() + m.keys().len();
    let total = m.values().sum::<u64>() + m.iter().map(|(k, v)| k * v).sum::<u64>();
    let b = names.iter().any(|name| wanted.contains(name) || matches!(name.as_str(), "a" | "b"));
    let both = names.intersection(&names).count();
    let nested = vec![m.clone()].iter().filter(|m| m.values().any(|v| *v > 1)).count();
    let _ = (n, total, b, both, nested);
    Ok(0)
}

fn main() {}
