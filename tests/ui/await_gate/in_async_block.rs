use durable::{OrchestrationContext, Result, orchestrator};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<()> {
    let _ = ctx;
    let block = async { std::future::ready(1).await };
    block.await;
    Ok(())
}

fn main() {}
