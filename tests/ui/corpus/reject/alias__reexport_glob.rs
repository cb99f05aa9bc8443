//@ category: alias
//@ caught-by: L1f L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

mod prelude { pub use std::time::*; }
use prelude::*;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = SystemTime::now(); //~ ERROR
    Ok(0)
}

fn main() {}
