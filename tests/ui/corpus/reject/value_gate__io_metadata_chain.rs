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
    let len = path.metadata().map(|m| m.len()).unwrap_or(0);  //~ ERROR
    let _ = len;
    Ok(0)
}

fn main() {}
