//@ code: D0008
//@ domain
use std::sync::atomic::{AtomicU64, Ordering};

static NEXT: AtomicU64 = AtomicU64::new(0);

pub fn next_id() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed) //~
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(next_id())
}
