//@ category: method
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Gen;
impl Gen { fn make() -> Option<Gen> { Some(Gen) } fn get(&self) -> u64 { rand::random() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = Gen::make().unwrap().get(); //~ ERROR
    Ok(0)
}

fn main() {}
