//@ category: random
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use rand::{rngs::StdRng, SeedableRng};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut r = StdRng::from_os_rng(); //~ ERROR
    Ok(0)
}

fn main() {}
