//@ category: alias
//@ caught-by: L1 L2b C
//@ edition: 2021
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    use std::time::Instant as T;
    let _t = T::now(); //~ ERROR
    Ok(0)
}

fn main() {}
