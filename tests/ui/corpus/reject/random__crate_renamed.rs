//@ category: random
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use rand as dice;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n: u64 = dice::random(); //~ ERROR
    Ok(0)
}

fn main() {}
