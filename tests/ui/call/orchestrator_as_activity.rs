use durable::{OrchestrationContext, Result, orchestrator};

#[orchestrator]
async fn child(_ctx: &OrchestrationContext) -> Result<()> {
    Ok(())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<()> {
    ctx.call(child()).await?;
    Ok(())
}

fn main() {}
