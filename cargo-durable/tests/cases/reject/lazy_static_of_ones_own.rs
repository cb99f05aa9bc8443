//@ code: D0003
//@ domain
use std::sync::LazyLock;

static REGION: LazyLock<String> = LazyLock::new(|| std::env::var("REGION").unwrap_or_default()); //~

pub fn region() -> &'static str {
    &REGION
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(region().len() as u64)
}
