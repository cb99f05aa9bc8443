//@ category: random
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
use uuid::Uuid;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _id = Uuid::now_v7(); //~ ERROR
    Ok(0)
}

fn main() {}
