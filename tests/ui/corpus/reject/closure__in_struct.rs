//@ category: closure
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Config { clock: fn() -> std::time::SystemTime }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let c = Config { clock: std::time::SystemTime::now }; //~ ERROR
    let _t = (c.clock)();
    Ok(0)
}

fn main() {}
