//@ category: order
//@ caught-by: L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::collections::HashSet;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let s: HashSet<u64> = [1, 2].into();
    for x in &s { let _ = x; } //~ ERROR
    Ok(0)
}

fn main() {}
