use durable::{OrchestrationContext, Result, orchestrator};

#[durable::helper]
async fn pause(_ctx: &OrchestrationContext) {
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<()> {
    let _ = ctx;
    pause(ctx).await;
    Ok(())
}

fn main() {}
