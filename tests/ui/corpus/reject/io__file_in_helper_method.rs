//@ category: io
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Log { path: String }
impl Log { fn add(&self, s: &str) { std::fs::write(&self.path, s).ok(); } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let log = Log { path: "x".into() };
    log.add("y"); //~ ERROR
    Ok(0)
}

fn main() {}
