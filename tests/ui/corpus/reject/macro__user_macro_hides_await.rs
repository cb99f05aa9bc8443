//@ category: macro
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
macro_rules! zzz { () => { tokio::time::sleep(std::time::Duration::from_secs(1)).await } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    zzz!(); //~ ERROR
    Ok(0)
}

fn main() {}
