//@ category: random
//@ caught-by: L1 L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
use rand::seq::SliceRandom;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut v = vec![1, 2, 3]; v.shuffle(&mut rand::rng()); //~ ERROR
    Ok(0)
}

fn main() {}
