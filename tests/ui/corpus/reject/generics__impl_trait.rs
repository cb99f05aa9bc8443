//@ category: generics
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

trait Clock { fn secs(&self) -> u64; }
struct Sys;
impl Clock for Sys { fn secs(&self) -> u64 { chrono::Utc::now().timestamp() as u64 } }
fn read(c: impl Clock) -> u64 { c.secs() }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = read(Sys); //~ ERROR
    Ok(0)
}

fn main() {}
