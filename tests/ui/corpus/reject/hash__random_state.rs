//@ category: hash
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::hash::{BuildHasher, RandomState};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _x = RandomState::new().hash_one(1u64); //~ ERROR
    Ok(0)
}

fn main() {}
