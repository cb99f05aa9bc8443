//@ category: method
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Gen;
impl Gen { fn next_id(&self) -> u64 { rand::random() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let v: Vec<u64> = [Gen, Gen].iter().map(|g| g.next_id()).collect(); //~ ERROR
    Ok(0)
}

fn main() {}
