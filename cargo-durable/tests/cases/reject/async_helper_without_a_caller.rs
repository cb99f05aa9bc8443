//@ code: D0001
//@ domain

//@ flows
#[durable::helper]
async fn later(ctx: &OrchestrationContext) -> u64 {
    ctx.timer(std::time::Duration::from_secs(1)).await;
    vendored::stamp() //~
}

#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<u64> {
    Ok(1)
}
