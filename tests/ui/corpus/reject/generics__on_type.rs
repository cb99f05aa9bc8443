//@ category: generics
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Stamped<T>(T, u64);
impl<T> Stamped<T> { fn new(t: T) -> Self { Stamped(t, rand::random()) } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let s = Stamped::new("x"); //~ ERROR
    let _n = s.1;
    Ok(0)
}

fn main() {}
