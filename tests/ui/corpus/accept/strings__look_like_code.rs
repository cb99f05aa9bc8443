//@ category: strings
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _s = "{:p} std::time::Instant::now() println!()";
    let _t = format!("{{:p}} {:>5} {}", "p", ":p}");
    let _u = format!("{0} {name}", 1, name = "p");
    Ok(0)
}

fn main() {}
