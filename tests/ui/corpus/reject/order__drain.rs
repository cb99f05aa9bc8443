//@ category: order
//@ caught-by: L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::collections::HashMap;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut m: HashMap<u64, u64> = [(1, 2)].into();
    let _v: Vec<_> = m.drain().collect(); //~ ERROR
    Ok(0)
}

fn main() {}
