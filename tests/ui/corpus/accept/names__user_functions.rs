//@ category: names
//@ edition: 2021
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn now() -> u64 { 1 }
fn random() -> u64 { 2 }
fn spawn(n: u64) -> u64 { n }
fn sleep(n: u64) -> u64 { n }
fn exit(n: u64) -> u64 { n }
fn stdin() -> u64 { 0 }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = now() + random() + spawn(1) + sleep(2) + exit(3) + stdin();
    Ok(0)
}

fn main() {}
