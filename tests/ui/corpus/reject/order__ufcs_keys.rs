//@ category: order
//@ caught-by: L1 L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::collections::HashMap;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let m: HashMap<u64, u64> = HashMap::new();
    let _k: Vec<_> = HashMap::keys(&m).collect(); //~ ERROR
    Ok(0)
}

fn main() {}
