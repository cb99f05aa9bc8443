use durable::{OrchestrationContext, Result, orchestrator};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<()> {
    let _ = ctx;
    let double = async |n: u64| n * 2;
    double(2).await;
    Ok(())
}

fn main() {}
