//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn stamp() -> u64 { std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() }
fn pure(n: u64) -> u64 { n }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = pure(1);
    Ok(0)
}

fn main() {}
