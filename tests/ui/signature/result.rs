use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity]
async fn nothing() {}

#[activity]
async fn number() -> u64 {
    3
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<()> {
    ctx.call(nothing()).await?;
    Ok(())
}

fn main() {}
