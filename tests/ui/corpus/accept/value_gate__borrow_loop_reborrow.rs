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
    let mut stack = vec![vec![1u64]];
    while let Some(top) = stack.last_mut() {
        match top.pop() {
            Some(n) if n > 0 => { let next = vec![n - 1]; stack.push(next); }
            Some(_) => {}
            None => { stack.pop(); }
        }
    }
    Ok(0)
}

fn main() {}
