//@ category: errors
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let e = std::io::Error::other("x");
    let _k = e.kind();
    let _v = std::env::VarError::NotPresent;
    let _c = reqwest::StatusCode::OK.as_u16();
    let _s = std::process::ExitCode::SUCCESS;
    Ok(0)
}

fn main() {}
