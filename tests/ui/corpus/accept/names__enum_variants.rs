//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

enum Step { Command, Instant(u64), Thread { id: u64 } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let s = Step::Instant(1);
    match s { Step::Command => {}, Step::Instant(_) => {}, Step::Thread { id } => { let _ = id; } }
    Ok(0)
}

fn main() {}
