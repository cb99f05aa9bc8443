//@ category: hash
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::hash::{DefaultHasher, Hash, Hasher};
fn shard(key: &str) -> u64 {
    let mut h = DefaultHasher::new();
    key.hash(&mut h);
    h.finish() % 16
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _s = shard("a"); //~ ERROR
    Ok(0)
}

fn main() {}
