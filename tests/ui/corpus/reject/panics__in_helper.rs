//@ category: panics
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn safely(f: fn() -> u64) -> Option<u64> { std::panic::catch_unwind(f).ok() }
fn one() -> u64 { 1 }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = safely(one); //~ ERROR
    Ok(0)
}

fn main() {}
