use durable::prelude::*;
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    tokio::spawn(async {});
    tokio::time::sleep(Duration::from_secs(1)).await;
    tokio::select! {
        _ = ctx.timer(Duration::from_secs(1)) => Ok(1),
        _ = ctx.timer(Duration::from_secs(2)) => Ok(2),
    }
}

fn main() {}
