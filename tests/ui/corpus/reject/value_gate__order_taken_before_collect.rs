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
    let one: BTreeSet<u64> = m.keys().copied().take(1).collect(); //~ ERROR
    let first: BTreeMap<usize, u64> = m.keys().copied().enumerate().collect(); //~ ERROR
    Ok(0)
}

fn main() {}
