//@ category: statics
//@ caught-by: L1f L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
thread_local! { static TL: std::cell::Cell<u64> = const { std::cell::Cell::new(0) }; }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let n = TL.with(|c| c.get()); //~ ERROR
    Ok(0)
}

fn main() {}
