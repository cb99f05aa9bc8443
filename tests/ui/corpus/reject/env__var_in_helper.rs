//@ category: env
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

mod config { use std::env::var; pub fn region() -> String { var("REGION").unwrap_or_default() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _r = config::region(); //~ ERROR
    Ok(0)
}

fn main() {}
