//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::sync::atomic::*;
use std::cmp::Ordering as Cmp;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let r: std::result::Result<u64, u64> = Ok(1);
    let _b = r.is_ok() && Some(1) == Some(1) && matches!(1.cmp(&2), Cmp::Less);
    let _v = Vec::<u64>::new();
    Ok(0)
}

fn main() {}
