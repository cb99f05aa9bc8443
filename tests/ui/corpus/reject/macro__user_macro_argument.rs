//@ category: macro
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

macro_rules! twice { ($e:expr) => { ($e, $e) } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = twice!(rand::random::<u64>()); //~ ERROR
    Ok(0)
}

fn main() {}
