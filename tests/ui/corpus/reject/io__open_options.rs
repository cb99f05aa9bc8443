//@ category: io
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::fs::OpenOptions;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _f = OpenOptions::new().append(true).open("log"); //~ ERROR
    Ok(0)
}

fn main() {}
