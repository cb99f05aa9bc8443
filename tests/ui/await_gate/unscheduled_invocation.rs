use durable::{OrchestrationContext, Result, orchestrator};

#[durable::activity]
async fn work() -> Result<()> {
    Ok(())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<()> {
    let _ = ctx;
    work().await?;
    Ok(())
}

fn main() {}
