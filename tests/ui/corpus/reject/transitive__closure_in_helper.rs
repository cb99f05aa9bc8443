//@ category: transitive
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn ids(n: u64) -> Vec<u64> { (0..n).map(|_| rand::random()).collect() }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _v = ids(3); //~ ERROR
    Ok(0)
}

fn main() {}
