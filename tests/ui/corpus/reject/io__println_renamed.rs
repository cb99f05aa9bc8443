//@ category: io
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::println as say;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    say!("charging"); //~ ERROR
    Ok(0)
}

fn main() {}
