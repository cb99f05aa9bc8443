//@ category: statics
//@ caught-by: L1f
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::sync::{LazyLock, Mutex};
static SEEN: LazyLock<Mutex<Vec<u64>>> = LazyLock::new(|| Mutex::new(vec![]));

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    SEEN.lock().unwrap().push(1); //~ ERROR
    Ok(0)
}

fn main() {}
