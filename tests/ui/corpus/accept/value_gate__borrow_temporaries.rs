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
    let len = String::from("abc").as_str().trim().len();
    let parts: Vec<String> = "a,b".to_string().split(',').map(str::to_owned).collect();
    let longest = parts.iter().map(|s| s.as_str()).max_by_key(|s| s.len());
    let _ = (len, longest);
    Ok(0)
}

fn main() {}
