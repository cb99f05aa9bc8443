//@ category: net
//@ caught-by: L1f L2a L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
static CLIENT: std::sync::OnceLock<reqwest::Client> = std::sync::OnceLock::new();

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let c = CLIENT.get_or_init(Default::default); let _r = c.get("http://x").send().await; //~ ERROR
    Ok(0)
}

fn main() {}
