//@ category: method
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Gen;
impl Gen { fn outer(&self) -> u64 { self.inner() } fn inner(&self) -> u64 { Self::raw() } fn raw() -> u64 { rand::random() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = Gen.outer(); //~ ERROR
    Ok(0)
}

fn main() {}
