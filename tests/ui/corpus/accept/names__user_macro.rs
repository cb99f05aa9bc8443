//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

macro_rules! timeout { ($e:expr) => { $e + 1 } }
macro_rules! select { ($($e:expr),*) => { [$($e),*].len() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = timeout!(1u64);
    let _m = select!(1, 2);
    Ok(0)
}

fn main() {}
