use durable::prelude::*;
use std::collections::HashMap;

#[activity]
async fn ship(item: &str, n: u64) -> Result<()> {
    let _ = (item, n);
    Ok(())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, stock: HashMap<String, u64>) -> Result<()> {
    for (item, n) in &stock {
        ctx.call(ship(item, *n)).await?;
    }
    Ok(())
}

fn main() {}
