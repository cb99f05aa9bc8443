//@ category: time
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
async fn flow(ctx: &OrchestrationContext, since: std::time::SystemTime) -> Result<u64> {
    let age = since.elapsed().unwrap_or_default();  //~ ERROR
    ctx.timer(age).await;
    Ok(0)
}

fn main() {}
