use std::collections::HashMap;

use durable::{OrchestrationContext, Result, orchestrator};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, prices: HashMap<String, u64>) -> Result<String> {
    let _ = ctx;
    Ok(format!("{prices:?}"))
}

fn main() {}
