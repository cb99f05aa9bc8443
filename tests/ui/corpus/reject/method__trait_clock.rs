//@ category: method
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
trait Wall { fn wall(&self) -> u64; } impl Wall for OrchestrationContext { fn wall(&self) -> u64 { std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = ctx.wall(); //~ ERROR
    Ok(0)
}

fn main() {}
