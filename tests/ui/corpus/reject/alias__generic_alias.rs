//@ category: alias
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

type Lock<T> = std::sync::Mutex<T>;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _m = Lock::new(1); //~ ERROR
    Ok(0)
}

fn main() {}
