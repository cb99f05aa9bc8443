//@ category: closure
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn roll() -> u64 { rand::random() }
fn twice(f: fn() -> u64) -> u64 { f() + f() }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = twice(roll); //~ ERROR
    Ok(0)
}

fn main() {}
