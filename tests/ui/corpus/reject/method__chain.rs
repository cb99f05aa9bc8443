//@ category: method
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Gen(u64);
impl Gen { fn start() -> Gen { Gen(0) } fn with(mut self, n: u64) -> Self { self.0 = n; self } fn get(&self) -> u64 { rand::random::<u64>() + self.0 } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = Gen::start().with(1).get(); //~ ERROR
    Ok(0)
}

fn main() {}
