//@ category: generics
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn call<T>(f: impl Fn() -> T) -> T { f() }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n: u64 = call(rand::random); //~ ERROR
    Ok(0)
}

fn main() {}
