//@ category: address
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

fn identity<T>(t: &T) -> *const T {
    t
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, m: HashMap<u64, u64>) -> Result<u64> {
    let a = identity(&m);  //~ ERROR
    let _ = a;
    Ok(0)
}

fn main() {}
