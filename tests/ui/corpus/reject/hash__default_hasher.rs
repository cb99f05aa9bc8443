//@ category: hash
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    use std::hash::{Hash, Hasher}; let mut h = std::collections::hash_map::DefaultHasher::new(); 1u64.hash(&mut h); let _x = h.finish(); //~ ERROR
    Ok(0)
}

fn main() {}
