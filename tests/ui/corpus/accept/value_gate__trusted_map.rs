//@ category: trust
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
    let total: u64 = durable::trust!("a sum does not depend on the order", m.values().sum());
    ctx.call(work(total)).await?;
    Ok(0)
}

fn main() {}
