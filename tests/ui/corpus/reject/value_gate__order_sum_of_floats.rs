//@ category: order
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, m: HashMap<u64, u64>) -> Result<u64> {
    let total: f64 = m.values().map(|v| *v as f64).sum(); //~ ERROR
    let total = m.values().map(|v| *v as f64).sum::<f64>(); //~ ERROR
    Ok(0)
}

fn main() {}
