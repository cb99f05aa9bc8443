//@ category: closure
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::time::SystemTime;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let t: Option<SystemTime> = None;
    let _t = t.unwrap_or_else(SystemTime::now); //~ ERROR
    Ok(0)
}

fn main() {}
