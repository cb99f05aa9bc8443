use durable::prelude::*;
#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<String> {
    Ok(std::env::var("REGION")?)
}

fn main() {}
