//@ category: tasks
//@ caught-by: L1 L2a
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut f = futures::stream::FuturesUnordered::new(); f.push(ctx.timer(std::time::Duration::from_secs(1))); use futures::StreamExt; f.next().await; //~ ERROR
    Ok(0)
}

fn main() {}
