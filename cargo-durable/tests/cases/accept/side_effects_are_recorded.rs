//@ domain
pub fn region() -> String {
    std::env::var("REGION").unwrap_or_default()
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let region: String = ctx.side_effect(|| region()).await;
    Ok(region.len() as u64)
}
