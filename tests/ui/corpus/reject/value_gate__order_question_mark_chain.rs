//@ category: order
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

fn find(m: &HashMap<u64, u64>) -> Result<HashMap<u64, u64>> {
    Ok(m.clone())
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, m: HashMap<u64, u64>) -> Result<u64> {
    let n = find(&m)?.into_iter().count();  //~ ERROR
    let _ = n;
    Ok(0)
}

fn main() {}
