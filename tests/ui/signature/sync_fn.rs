use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity]
fn double(n: u64) -> Result<u64> {
    Ok(n * 2)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(ctx.call(double(2)).await?)
}

fn main() {}
