//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

mod time { pub struct Instant; impl Instant { pub fn now() -> u64 { 7 } } }
mod rand { pub fn random() -> u64 { 4 } }
mod env { pub fn var(_: &str) -> u64 { 1 } }
mod thread { pub fn spawn(n: u64) -> u64 { n } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = time::Instant::now() + rand::random() + env::var("x") + thread::spawn(1);
    Ok(0)
}

fn main() {}
