#![deny(unused_variables)]
use durable::{ActivityContext, OrchestrationContext, Result, activity, orchestrator};

#[activity]
async fn work(ctx: &ActivityContext, n: u64) -> Result<()> {
    Ok(())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, n: u64) -> Result<()> {
    Ok(())
}

#[durable::helper]
async fn help(ctx: &OrchestrationContext, n: u64) {}

fn main() {}
