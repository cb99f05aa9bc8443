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
    let _s = Stamped::<u8>::new(1); //~ ERROR
    Ok(0)
}

fn main() {}
