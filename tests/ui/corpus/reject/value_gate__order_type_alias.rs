//@ category: order
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

type Table = HashMap<u64, u64>;

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let t: Table = Table::new();
    for (k, _) in t {  //~ ERROR
        ctx.call(work(k)).await?;
    }
    Ok(0)
}

fn main() {}
