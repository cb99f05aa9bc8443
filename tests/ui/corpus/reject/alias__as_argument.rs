//@ category: alias
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
fn mk(_: ()) -> uuid::Uuid { uuid::Uuid::new_v4() }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _v: Vec<uuid::Uuid> = (0..3).map(|_| ()).map(mk).collect(); //~ ERROR
    Ok(0)
}

fn main() {}
