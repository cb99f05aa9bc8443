//@ category: async
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let f = |n: u64| async move { ctx.timer(Duration::from_secs(n)).await; n };
    let _v = durable::join_all((1..3).map(f)).await;
    Ok(0)
}

fn main() {}
