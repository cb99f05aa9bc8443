//@ category: time
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

struct Window { opened: std::time::SystemTime }

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, since: std::time::SystemTime) -> Result<u64> {
    let w = Window { opened: since };
    if w.opened.elapsed().is_ok() { return Ok(1) }  //~ ERROR
    Ok(0)
}

fn main() {}
