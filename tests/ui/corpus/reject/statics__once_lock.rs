//@ category: statics
//@ caught-by: L1f L2b
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::sync::OnceLock;
static FIRST: OnceLock<String> = OnceLock::new();

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _x = FIRST.get_or_init(|| "x".to_owned()); //~ ERROR
    Ok(0)
}

fn main() {}
