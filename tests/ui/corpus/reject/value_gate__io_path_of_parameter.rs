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
async fn flow(ctx: &OrchestrationContext, path: std::path::PathBuf) -> Result<u64> {
    if path.is_file() { return Ok(1) }  //~ ERROR
    Ok(0)
}

fn main() {}
