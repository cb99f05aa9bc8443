#![deny(unused_must_use)]
use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity]
async fn greet(city: &str, times: u32) -> Result<String> {
    Ok(city.repeat(times as usize))
}

#[durable::helper]
async fn twice(ctx: &OrchestrationContext) -> Result<()> {
    ctx.call(greet("Tokyo", 2)).await?;
    Ok(())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<()> {
    greet("Tokyo", 2);
    ctx.call(greet("Tokyo", 2));
    twice(ctx);
    Ok(())
}

fn main() {}
