//@ category: io
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::io::Write;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    writeln!(std::io::stderr(), "x").ok(); //~ ERROR
    Ok(0)
}

fn main() {}
