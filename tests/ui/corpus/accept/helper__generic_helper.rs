//@ category: helper
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

trait Price { fn cents(&self) -> u64; }
struct A;
impl Price for A { fn cents(&self) -> u64 { 5 } }
#[durable::helper]
async fn total<P: Price>(ctx: &OrchestrationContext, p: &P) -> Result<u64> { ctx.timer(Duration::from_secs(1)).await; Ok(p.cents()) }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = total(ctx, &A).await?;
    Ok(0)
}

fn main() {}
