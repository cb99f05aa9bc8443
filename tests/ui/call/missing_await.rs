use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity]
async fn greet(city: &str, times: u32) -> Result<String> {
    Ok(city.repeat(times as usize))
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<String> {
    let greeting = ctx.call(greet("Tokyo", 2))?;
    Ok(greeting)
}

fn main() {}
