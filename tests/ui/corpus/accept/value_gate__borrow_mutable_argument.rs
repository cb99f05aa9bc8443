//@ category: borrow
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

fn add(log: &mut Vec<u64>, n: u64) {
    log.push(n);
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut log = Vec::new();
    add(&mut log, 1);
    let again = &mut log;
    add(again, 2);
    add(again, again.len() as u64);
    let mut other = vec![3];
    again.append(&mut other);
    Ok(0)
}

fn main() {}
