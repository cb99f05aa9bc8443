//@ domain

//@ flows
#[durable::helper]
pub fn longer(n: u64) -> u64 {
    vendored::LIMIT + n
}

#[durable::helper]
async fn recorded(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(ctx.side_effect(|| vendored::stamp()).await)
}

pub mod sibling {
    // Of the same name, and no helper.
    pub fn longer() -> u64 {
        vendored::stamp()
    }
}

#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<u64> {
    Ok(1)
}
