//@ category: statics
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::sync::LazyLock;
static REGION: LazyLock<String> = LazyLock::new(|| std::env::var("REGION").unwrap_or_default());

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _r = REGION.as_str(); //~ ERROR
    Ok(0)
}

fn main() {}
