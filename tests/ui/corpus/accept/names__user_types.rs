//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Instant;
impl Instant { fn now() -> u64 { 1 } }
struct SystemTime { at: u64 }
impl SystemTime { fn now() -> Self { SystemTime { at: 1 } } fn elapsed(&self) -> u64 { self.at } }
struct Uuid;
impl Uuid { fn new_v4() -> u64 { 4 } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = Instant::now() + SystemTime::now().elapsed() + Uuid::new_v4();
    Ok(0)
}

fn main() {}
