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
    let f: Box<dyn Fn() -> u64> = Box::new(|| rand::random()); //~ ERROR
    let _n = f();
    Ok(0)
}

fn main() {}
