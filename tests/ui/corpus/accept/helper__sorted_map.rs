//@ category: helper
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::collections::HashMap;
fn sorted(m: &HashMap<u64, u64>) -> Vec<(u64, u64)> {
    let mut v: Vec<(u64, u64)> = m.iter().map(|(k, v)| (*k, *v)).collect();
    v.sort();
    v
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let m: HashMap<u64, u64> = [(1, 2)].into();
    for (_k, _v) in sorted(&m) {}
    Ok(0)
}

fn main() {}
