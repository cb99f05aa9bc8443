//@ category: ctx
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _r = ctx.side_effect(|| std::env::var("REGION").ok()).await;
    let _n: u64 = ctx.side_effect(|| rand::random()).await;
    Ok(0)
}

fn main() {}
