//@ category: address
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::fmt::Write;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let x = &1u64;
    let mut s = String::new();
    write!(s, "{:>16p}", x).ok(); //~ ERROR
    Ok(0)
}

fn main() {}
