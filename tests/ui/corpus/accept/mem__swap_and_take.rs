//@ category: mem
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut a = vec![1u64];
    let mut b = std::mem::take(&mut a);
    std::mem::swap(&mut a, &mut b);
    let _n = std::mem::size_of::<u64>() + std::mem::replace(&mut b, vec![]).len();
    std::mem::drop(a);
    Ok(0)
}

fn main() {}
