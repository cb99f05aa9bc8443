use std::collections::HashMap;

use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity]
async fn save(_prices: HashMap<String, u64>) -> Result<()> {
    Ok(())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, prices: HashMap<String, u64>) -> Result<()> {
    ctx.call(save(prices)).await?;
    Ok(())
}

fn main() {}
