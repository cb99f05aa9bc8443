//@ category: env
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
use std::env;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _v = env::var_os("REGION"); //~ ERROR
    Ok(0)
}

fn main() {}
