//@ category: activity
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

mod work {
    use durable::{activity, Result};
    pub fn stamp() -> u64 { rand::random() }
    #[activity]
    pub async fn roll(n: u64) -> Result<u64> { Ok(stamp() + n) }
}
use work::roll as r;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = ctx.call(work::roll(1)).await? + ctx.call(r(2)).await?;
    Ok(0)
}

fn main() {}
