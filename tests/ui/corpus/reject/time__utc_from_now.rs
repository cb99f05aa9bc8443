//@ category: time
//@ caught-by: L1 L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use chrono::{DateTime, Utc};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = DateTime::<Utc>::from(std::time::SystemTime::now()); //~ ERROR
    Ok(0)
}

fn main() {}
