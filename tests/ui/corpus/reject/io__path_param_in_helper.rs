//@ category: io
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::path::Path;
fn ready(p: &Path) -> bool { p.exists() }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    if ready(Path::new("flag")) { return Ok(1) } //~ ERROR
    Ok(0)
}

fn main() {}
