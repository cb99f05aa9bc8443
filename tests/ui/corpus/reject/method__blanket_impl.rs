//@ category: method
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

trait Ext { fn ts(&self) -> u64; }
impl<T> Ext for T { fn ts(&self) -> u64 { std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = ctx.ts(); //~ ERROR
    Ok(0)
}

fn main() {}
