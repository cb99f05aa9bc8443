//@ category: io
//@ caught-by: L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    if std::path::Path::new("flag").exists() { return Ok(1) } //~ ERROR
    Ok(0)
}

fn main() {}
