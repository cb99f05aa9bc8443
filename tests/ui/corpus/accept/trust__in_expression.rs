//@ category: trust
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn id() -> u64 { rand::random() }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = 1 + durable::trust!("only for the log", id());
    use durable::trust;
    let _v = vec![trust!("measured", std::time::Instant::now().elapsed().as_secs())];
    Ok(0)
}

fn main() {}
