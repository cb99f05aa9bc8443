//@ category: tasks
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use futures::{stream, StreamExt};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let s = stream::iter(vec![ctx.timer(Duration::from_secs(1))]).buffer_unordered(2); //~ ERROR
    Ok(0)
}

fn main() {}
