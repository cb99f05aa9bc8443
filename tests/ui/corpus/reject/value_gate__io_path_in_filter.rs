//@ category: io
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;


#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, paths: Vec<std::path::PathBuf>) -> Result<u64> {
    let n = paths.iter().filter(|p| p.exists()).count();  //~ ERROR
    let _ = n;
    Ok(0)
}

fn main() {}
