//@ category: random
//@ caught-by: L1 C
//@ edition: 2021
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _v: Vec<_> = [1, 2].iter().map(|_| uuid::Uuid::new_v4()).collect(); //~ ERROR
    Ok(0)
}

fn main() {}
