//@ category: macro
//@ caught-by: L1f C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

macro_rules! latest {
    () => { std::time::SystemTime::now() };
    ($a:expr $(, $rest:expr)*) => {{ let _ = $a; latest!($($rest),*) }};
}
macro_rules! ping {
    () => { rand::random::<u64>() };
    ($a:expr) => { pong!($a) };
}
macro_rules! pong { ($a:expr) => {{ let _ = $a; ping!() }} }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    let _ = latest!(n, 2); //~ ERROR
    let _ = ping!(n); //~ ERROR
    Ok(0)
}

fn main() {}
