//@ code: D0001
//@ domain
pub fn stamper(offset: u64) -> impl Fn() -> u64 {
    move || offset + std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()) //~
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let stamp = stamper(5);
    Ok(stamp())
}
