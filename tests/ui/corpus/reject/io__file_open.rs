//@ category: io
//@ caught-by: L1f L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
use std::fs::File;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _f = File::open("/etc/hostname"); //~ ERROR
    Ok(0)
}

fn main() {}
