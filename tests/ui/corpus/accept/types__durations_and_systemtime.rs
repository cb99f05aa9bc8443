//@ category: types
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::time::{SystemTime, UNIX_EPOCH};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let t: SystemTime = UNIX_EPOCH + Duration::from_secs(5);
    let _s = t.duration_since(UNIX_EPOCH)?.as_secs();
    let _d = tokio::time::Duration::from_secs(1);
    Ok(0)
}

fn main() {}
