use durable::{OrchestrationContext, Result, orchestrator};

async fn fetch() -> Result<()> {
    Ok(())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<()> {
    let _ = ctx;
    fetch().await?;
    Ok(())
}

fn main() {}
