//@ category: locale
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let t = chrono::DateTime::from_timestamp(0, 0).unwrap();
    let _h = t.with_timezone(&chrono::Local).to_rfc3339(); //~ ERROR
    Ok(0)
}

fn main() {}
