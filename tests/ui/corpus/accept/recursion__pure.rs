//@ category: recursion
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn even(n: u64) -> bool { n == 0 || odd(n - 1) }
fn odd(n: u64) -> bool { n != 0 && even(n - 1) }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _b = even(10);
    Ok(0)
}

fn main() {}
