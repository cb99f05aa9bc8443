use durable::prelude::*;
#[durable::helper]
async fn pause(ctx: &OrchestrationContext) -> Result<()> {
    std::thread::sleep(std::time::Duration::from_secs(1));
    ctx.timer(std::time::Duration::from_secs(1)).await;
    Ok(())
}

#[durable::helper]
fn price(cents: u64) -> u64 {
    cents + u64::from(std::process::id())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    pause(ctx).await?;
    Ok(price(5))
}

fn main() {}
