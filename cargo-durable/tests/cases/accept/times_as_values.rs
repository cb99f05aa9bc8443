//@ domain
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub fn next_midnight(now: Duration) -> Duration {
    let now: SystemTime = UNIX_EPOCH + now;
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_secs(86_400 - since.as_secs() % 86_400)
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let wait = next_midnight(std::time::Duration::from_secs(5));
    ctx.timer(wait).await;
    let id = ctx.new_uuid();
    let parsed: uuid::Uuid = id.to_string().parse()?;
    Ok(ctx.random::<u64>() + u64::from(parsed == id))
}
