//@ category: activity
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use durable::activity as act;
#[act]
async fn roll() -> Result<u64> { Ok(rand::random()) }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = ctx.call(roll()).await?;
    Ok(0)
}

fn main() {}
