//@ category: io
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

fn note(s: &str) { println!("{s}") }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    note("a"); //~ ERROR
    Ok(0)
}

fn main() {}
