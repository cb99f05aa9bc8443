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
async fn flow(ctx: &OrchestrationContext, m: HashMap<u64, u64>) -> Result<u64> {
    let v = Vec::from_iter(m);  //~ ERROR
    let _ = v;
    Ok(0)
}

fn main() {}
