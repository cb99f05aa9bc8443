//@ category: order
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
    let v: Vec<u64> = (0..9).filter(|n| n % 2 == 0).map(|n| n + 1).collect();
    let (a, b): (Vec<u64>, Vec<u64>) = v.iter().partition(|n| **n > 3);
    let z: Vec<_> = a.iter().zip(&b).rev().collect();
    let _ = z.len();
    Ok(0)
}

fn main() {}
