//@ category: alias
//@ caught-by: L1f L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

mod clock { pub use std::time::SystemTime as Wall; }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = clock::Wall::now(); //~ ERROR
    Ok(0)
}

fn main() {}
