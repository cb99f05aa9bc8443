//@ category: transitive
//@ caught-by: C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct N(u64);
impl std::ops::Add for N { type Output = u64; fn add(self, o: N) -> u64 { rand::random::<u64>() ^ self.0 ^ o.0 } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = N(1) + N(2);
    Ok(0)
}

fn main() {}
