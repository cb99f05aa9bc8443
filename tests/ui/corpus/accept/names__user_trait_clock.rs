//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

trait Clock { fn now(&self) -> u64; }
struct Fixed(u64);
impl Clock for Fixed { fn now(&self) -> u64 { self.0 } }
fn read(c: &impl Clock) -> u64 { c.now() }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = read(&Fixed(3));
    Ok(0)
}

fn main() {}
