//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

trait Clock { fn secs(&self) -> u64; }
struct Sys;
struct Fixed(u64);
impl Clock for Sys { fn secs(&self) -> u64 { chrono::Utc::now().timestamp() as u64 } }
impl Clock for Fixed { fn secs(&self) -> u64 { self.0 } }
fn read<C: Clock>(c: &C) -> u64 { c.secs() }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = read(&Fixed(3));
    Ok(0)
}

fn main() {}
