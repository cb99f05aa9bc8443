//@ category: process
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::process::Command;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _o = Command::new("ls").output(); //~ ERROR
    Ok(0)
}

fn main() {}
