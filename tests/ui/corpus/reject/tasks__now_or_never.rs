//@ category: tasks
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use futures::FutureExt;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _x = ctx.timer(Duration::from_secs(1)).now_or_never(); //~ ERROR
    Ok(0)
}

fn main() {}
