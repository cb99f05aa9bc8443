//@ code: D0001
//@ domain

//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(vendored::stamp()) //~
}
