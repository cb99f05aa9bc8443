//@ category: threads
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

fn start() -> std::thread::JoinHandle<u64> {
    std::thread::spawn(|| 1)
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let t = start();  //~ ERROR
    let _ = t.join();
    Ok(0)
}

fn main() {}
