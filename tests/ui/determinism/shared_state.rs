use durable::prelude::*;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

static NEXT: AtomicU64 = AtomicU64::new(0);
static REGION: LazyLock<String> = LazyLock::new(|| std::env::var("REGION").unwrap_or_default());

#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<(u64, String)> {
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    Ok((n, REGION.clone()))
}

fn main() {}
