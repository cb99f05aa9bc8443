//@ category: macro
//@ caught-by: L1f C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

macro_rules! sum {
    () => { rand::random::<u64>() };
    ($a:expr $(, $rest:expr)*) => { $a + sum!($($rest),*) };
}
fn helper(n: u64) -> u64 {
    sum!(n, 1)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    let _ = helper(n); //~ ERROR
    Ok(0)
}

fn main() {}
