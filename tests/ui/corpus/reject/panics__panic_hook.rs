//@ category: panics
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    std::panic::set_hook(Box::new(|_| ())); //~ ERROR
    Ok(0)
}

fn main() {}
