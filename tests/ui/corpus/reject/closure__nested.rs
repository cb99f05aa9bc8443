//@ category: closure
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let f = |n: u64| move || { if n > 0 { rand::random::<u64>() } else { 0 } }; //~ ERROR
    let _n = f(1)();
    Ok(0)
}

fn main() {}
