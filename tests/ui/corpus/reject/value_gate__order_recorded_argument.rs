//@ category: order
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

#[activity]
async fn keep(m: HashMap<u64, u64>) -> Result<u64> {
    Ok(m.len() as u64)
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, m: HashMap<u64, u64>) -> Result<u64> {
    ctx.call(keep(m)).await?;  //~ ERROR
    Ok(0)
}

fn main() {}
