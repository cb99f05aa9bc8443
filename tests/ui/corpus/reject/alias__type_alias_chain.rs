//@ category: alias
//@ caught-by: L1f L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

type A = B;
type B = std::time::Instant;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = A::now(); //~ ERROR
    Ok(0)
}

fn main() {}
