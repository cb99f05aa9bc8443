use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity]
async fn work(n: u64) -> Result<u64> {
    let m = ;
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(ctx.call(work(1)).await?)
}

fn main() {}
