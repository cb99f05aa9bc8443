//@ category: hash
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::collections::hash_map::DefaultHasher as H;
use std::hash::Hasher;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut h = H::default(); //~ ERROR
    h.write_u64(1);
    let _x = h.finish();
    Ok(0)
}

fn main() {}
