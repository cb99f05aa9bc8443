//@ category: transitive
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn ids<const N: usize>() -> [u64; N] { std::array::from_fn(|_| rand::random()) }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = ids::<2>(); //~ ERROR
    Ok(0)
}

fn main() {}
