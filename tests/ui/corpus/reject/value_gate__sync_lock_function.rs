//@ category: sync
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

static N: std::sync::Mutex<u64> = std::sync::Mutex::new(0);
fn locked() -> std::sync::MutexGuard<'static, u64> {
    N.lock().unwrap()
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut n = locked();  //~ ERROR
    *n += 1;
    Ok(0)
}

fn main() {}
