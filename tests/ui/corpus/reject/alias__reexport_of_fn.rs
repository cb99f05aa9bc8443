//@ category: alias
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

mod ids { pub mod deep { pub fn id() -> u64 { rand::random() } } pub use deep::id as next; }
use ids::next as n;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = n(); //~ ERROR
    Ok(0)
}

fn main() {}
