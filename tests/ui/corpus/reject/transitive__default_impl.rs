//@ category: transitive
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
struct Order { id: u64 } impl Default for Order { fn default() -> Self { Order { id: rand::random() } } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let o = Order::default(); let _n = o.id; //~ ERROR
    Ok(0)
}

fn main() {}
