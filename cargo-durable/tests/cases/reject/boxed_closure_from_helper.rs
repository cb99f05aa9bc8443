//@ code: D0001
//@ domain
pub fn stampers() -> Vec<Box<dyn Fn() -> u64>> {
    vec![Box::new(|| 1), Box::new(|| std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()))] //~
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(stampers().iter().map(|stamp| stamp()).sum())
}
