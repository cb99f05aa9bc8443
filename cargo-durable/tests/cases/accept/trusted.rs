//@ domain
pub fn table() -> u64 {
    std::fs::read("table").map_or(0, |bytes| bytes.len() as u64)
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(durable::trust!("the table is part of the deployment", table()))
}
