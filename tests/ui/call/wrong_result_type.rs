use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity]
async fn greet(city: &str, times: u32) -> Result<String> {
    Ok(city.repeat(times as usize))
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let greeting: u64 = ctx.call(greet("Tokyo", 2)).await?;
    Ok(greeting)
}

fn main() {}
