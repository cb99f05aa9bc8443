//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Node(u64);
impl Node { fn as_ptr(&self) -> u64 { self.0 } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let n = Node(1);
    let _p = n.as_ptr();
    Ok(0)
}

fn main() {}
