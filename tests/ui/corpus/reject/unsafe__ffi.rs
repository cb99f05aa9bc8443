//@ category: unsafe
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
unsafe extern "C" { fn time(t: *mut i64) -> i64; }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = unsafe { time(std::ptr::null_mut()) }; //~ ERROR
    Ok(0)
}

fn main() {}
