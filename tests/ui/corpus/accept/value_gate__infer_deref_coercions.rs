//@ category: infer
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

fn sum(v: &[u64]) -> u64 {
    v.iter().sum()
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let shared = std::rc::Rc::new(vec![1u64]);
    let all: &Vec<u64> = &std::rc::Rc::clone(&shared);
    let slice: &[u64] = &shared.as_ref().clone();
    let total = sum(&shared.iter().copied().collect::<Vec<_>>());
    let _ = (all, slice, total);
    Ok(0)
}

fn main() {}
