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
    let mut o = serde_json::Map::new();
    o.insert("a".into(), 1.into());
    for (k, v) in &o { tracing::info!("{k} {v}"); }
    let text = serde_json::to_string(&o)?;
    let _ = text.len();
    Ok(0)
}

fn main() {}
