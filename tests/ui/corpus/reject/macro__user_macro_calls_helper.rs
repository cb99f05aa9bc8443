//@ category: macro
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn id() -> u64 { rand::random() }
macro_rules! id { () => { crate::id() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = id!(); //~ ERROR
    Ok(0)
}

fn main() {}
