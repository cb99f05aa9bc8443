//@ category: transitive
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Order(u64);
impl From<u64> for Order { fn from(n: u64) -> Self { Order(n + rand::random::<u64>()) } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _o = Order::from(1); //~ ERROR
    Ok(0)
}

fn main() {}
