//@ category: order
//@ caught-by: L2b C
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
    let (a, b) = (HashSet::from([1u64, 2]), HashSet::from([2u64]));
    let d: Vec<u64> = a.difference(&b).copied().collect();  //~ ERROR
    let _ = d;
    Ok(0)
}

fn main() {}
