//@ category: transitive
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
mod util { use uuid::Uuid; pub fn id() -> String { Uuid::new_v4().to_string() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = util::id(); //~ ERROR
    Ok(0)
}

fn main() {}
