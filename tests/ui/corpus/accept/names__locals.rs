//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Pool { size: u64 }
impl Pool { fn spawn(&self, n: u64) -> u64 { self.size + n } fn lock(&self) -> u64 { 1 } fn exists(&self) -> bool { true } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let thread = Pool { size: 1 };
    let random = |n: u64| n + 1;
    let env = vec![1u64];
    let now = 5u64;
    let _n = thread.spawn(1) + random(2) + env.len() as u64 + now + thread.lock();
    let _b = thread.exists();
    Ok(0)
}

fn main() {}
