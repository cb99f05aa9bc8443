//@ category: hash
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::collections::hash_map::RandomState;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let s = RandomState::default(); //~ ERROR
    Ok(0)
}

fn main() {}
