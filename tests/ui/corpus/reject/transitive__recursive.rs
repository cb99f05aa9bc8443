//@ category: transitive
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn down(n: u64) -> u64 { if n == 0 { up(9) } else { down(n - 1) } }
fn up(n: u64) -> u64 { if n > 10 { rand::random() } else { down(n) } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = up(1); //~ ERROR
    Ok(0)
}

fn main() {}
