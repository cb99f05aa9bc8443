//@ category: borrow
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;


#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut v = vec![1u64];
    v.push(v.len() as u64);
    v.insert(0, v[0]);
    let last = v.last_mut().unwrap();
    *last += 1;
    let first = std::mem::take(&mut v[0]);
    let _ = first;
    Ok(0)
}

fn main() {}
