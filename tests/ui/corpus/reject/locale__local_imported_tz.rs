//@ category: locale
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
use chrono::{Local, TimeZone};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _o = Local.timestamp_opt(0, 0); //~ ERROR
    Ok(0)
}

fn main() {}
