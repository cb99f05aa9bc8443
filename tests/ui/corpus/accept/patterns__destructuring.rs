//@ category: patterns
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct P { now: u64, random: u64 }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let P { now, random } = P { now: 1, random: 2 };
    let (thread, env) = (1u64, 2u64);
    if let Some(spawn) = Some(thread) && spawn > 0 { let _ = spawn + env; }
    let _n = now + random;
    Ok(0)
}

fn main() {}
