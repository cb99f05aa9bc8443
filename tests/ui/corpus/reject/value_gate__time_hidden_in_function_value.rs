//@ category: time
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

const CLOCK: fn() -> std::time::Instant = std::time::Instant::now;

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let read: fn() -> std::time::Instant = CLOCK; let t = read();  //~ ERROR
    let _ = t;
    Ok(0)
}

fn main() {}
