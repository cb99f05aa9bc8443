//@ category: process
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::process::abort;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    if ctx.instance_id().is_empty() { abort() } //~ ERROR
    Ok(0)
}

fn main() {}
