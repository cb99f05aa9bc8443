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
    let mut seen = vec![];
    let n = m.keys().map(|k| seen.push(*k)).count(); //~ ERROR
    let mut last = 0;
    let b = m.keys().any(|k| { last = *k; *k > 3 }); //~ ERROR
    let c = m.keys().filter(|k| { let _ = ctx.now(); **k > 1 }).count(); //~ ERROR
    Ok(0)
}

fn main() {}
