//@ category: time
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
use chrono::Utc;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = Utc::now().timestamp(); //~ ERROR
    Ok(0)
}

fn main() {}
