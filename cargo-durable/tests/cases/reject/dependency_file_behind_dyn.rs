//@ code: D0004
//@ domain

//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let source = vendored::source("input"); //~
    Ok(source.read().len() as u64)
}
