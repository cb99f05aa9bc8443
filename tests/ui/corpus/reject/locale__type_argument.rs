//@ category: locale
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use chrono::{DateTime, Local};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = DateTime::<Local>::from(std::time::UNIX_EPOCH).to_rfc3339(); //~ ERROR
    Ok(0)
}

fn main() {}
