//@ category: transitive
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn a() -> u64 { b() + 1 }
fn b() -> u64 { util::c() }
mod util { pub fn c() -> u64 { rand::random() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = a(); //~ ERROR
    Ok(0)
}

fn main() {}
