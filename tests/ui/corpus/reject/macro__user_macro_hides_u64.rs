//@ category: macro
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
macro_rules! dice { () => { rand::random::<u64>() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t: u64 = dice!(); //~ ERROR
    Ok(0)
}

fn main() {}
