//@ category: order
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

struct State { seen: Option<HashMap<u64, u64>> }

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, m: HashMap<u64, u64>) -> Result<u64> {
    let s = State { seen: Some(m) };
    let text = format!("{:?}", s.seen);  //~ ERROR
    let _ = text;
    Ok(0)
}

fn main() {}
