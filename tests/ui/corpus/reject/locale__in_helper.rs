//@ category: locale
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use chrono::prelude::*;
fn hour(t: i64) -> u32 { Local.timestamp_opt(t, 0).unwrap().hour() }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _h = hour(0); //~ ERROR
    Ok(0)
}

fn main() {}
