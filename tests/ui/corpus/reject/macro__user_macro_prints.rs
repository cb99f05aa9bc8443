//@ category: macro
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

macro_rules! note { ($($t:tt)*) => { println!($($t)*) } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    note!("a {}", 1); //~ ERROR
    Ok(0)
}

fn main() {}
