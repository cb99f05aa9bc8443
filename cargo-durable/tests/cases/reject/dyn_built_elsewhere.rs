//@ code: D0001
//@ domain
pub trait Clock {
    fn seconds(&self) -> u64;
}

struct SystemClock;

impl Clock for SystemClock {
    fn seconds(&self) -> u64 {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()) //~
    }
}

pub fn clock() -> Box<dyn Clock> {
    Box::new(SystemClock)
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(clock().seconds())
}
