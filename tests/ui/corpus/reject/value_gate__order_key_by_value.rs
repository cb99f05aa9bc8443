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
    let back: BTreeMap<u64, u64> = m.iter().map(|(k, v)| (*v, *k)).collect(); //~ ERROR
    let back = BTreeMap::from_iter(m.iter().map(|(k, v)| (*v, *k))); //~ ERROR
    Ok(0)
}

fn main() {}
