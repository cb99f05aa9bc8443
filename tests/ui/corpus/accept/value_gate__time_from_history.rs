//@ category: time
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
    let t: std::time::SystemTime = ctx.now().into();
    let later = t.checked_add(Duration::from_secs(60)).unwrap_or(t);
    let since = later.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    ctx.timer(since.min(Duration::from_secs(1))).await;
    let sent = std::time::SystemTime::from(ctx.now());
    let _ = sent;
    Ok(0)
}

fn main() {}
