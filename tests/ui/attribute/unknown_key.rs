use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity(tiemout = "30s")]
async fn work() -> Result<u64> {
    Ok(1)
}

#[orchestrator(timeout = "30s")]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(ctx.call(work()).await?)
}

fn main() {}
