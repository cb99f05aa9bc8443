//@ category: activity
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[durable::activity]
async fn work(n: u64) -> Result<u64> {
    println!("{:?}", std::time::SystemTime::now());
    tokio::time::sleep(Duration::from_millis(n)).await;
    Ok(rand::random())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = ctx.call(work(1)).await?;
    Ok(0)
}

fn main() {}
