//@ category: sync
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let m = parking_lot::Mutex::new(1); let _x = *m.lock(); //~ ERROR
    Ok(0)
}

fn main() {}
