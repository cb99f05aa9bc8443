//@ category: random
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use rand::seq::IndexedRandom;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _x = [1, 2, 3].choose(&mut rand::rng()); //~ ERROR
    Ok(0)
}

fn main() {}
