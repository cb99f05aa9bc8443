//@ category: macro
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    let _ = stringify!(rand::random());
    let _ = concat!("a", 1, stringify!(std::time::Instant::now()));
    let _ = (line!(), column!(), file!(), module_path!());
    let _ = cfg!(any(unix, windows));
    let _ = (env!("CARGO_PKG_NAME"), std::env!("CARGO_PKG_NAME"), option_env!("HOME"));
    Ok(0)
}

fn main() {}
