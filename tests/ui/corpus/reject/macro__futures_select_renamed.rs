//@ category: macro
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use futures::future::join_all as all;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _x = all(vec![ctx.timer(Duration::from_secs(1))]); //~ ERROR
    Ok(0)
}

fn main() {}
