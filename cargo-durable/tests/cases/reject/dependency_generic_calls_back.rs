//@ code: D0001
//@ domain
pub struct Retry;

impl vendored::Policy for Retry {
    fn wait(&self, attempt: u64) -> u64 {
        attempt + std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()) //~
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(vendored::total_wait(&Retry, 3))
}
