//@ category: closure
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use uuid::Uuid;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _v: Vec<Uuid> = (0..3).map(|_| Uuid::new_v4()).collect(); //~ ERROR
    Ok(0)
}

fn main() {}
