//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

macro_rules! println { ($($t:tt)*) => { () } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    println!("nothing");
    Ok(0)
}

fn main() {}
