//@ code: D0001
//@ domain
pub trait Clock {
    fn seconds(&self) -> u64;
}

pub struct SystemClock;

impl Clock for SystemClock {
    fn seconds(&self) -> u64 {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()) //~
    }
}
//@ flows
#[durable::helper]
async fn wait<C: Clock>(ctx: &OrchestrationContext, clock: &C) -> Result<u64> {
    ctx.timer(std::time::Duration::from_secs(clock.seconds() % 60)).await;
    Ok(1)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    wait(ctx, &SystemClock).await
}
