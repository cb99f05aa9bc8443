//@ category: sync
//@ caught-by: L1f L2a C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
static N: tokio::sync::Notify = tokio::sync::Notify::const_new();

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    N.notified().await; //~ ERROR
    Ok(0)
}

fn main() {}
