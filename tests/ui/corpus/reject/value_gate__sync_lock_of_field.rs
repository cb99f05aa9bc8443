//@ category: sync
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

#[derive(Default)]
struct Shared { count: std::sync::Mutex<u64> }

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let s = Shared::default();
    *s.count.lock().unwrap() += 1;  //~ ERROR
    Ok(0)
}

fn main() {}
