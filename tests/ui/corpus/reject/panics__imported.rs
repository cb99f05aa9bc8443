//@ category: panics
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::panic::{catch_unwind, AssertUnwindSafe};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _r = catch_unwind(AssertUnwindSafe(|| 1)); //~ ERROR
    Ok(0)
}

fn main() {}
