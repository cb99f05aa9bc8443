//@ category: macro
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _x = durable::join!(ctx.timer(Duration::from_secs(1)), async {
        let _t = std::time::SystemTime::now(); //~ ERROR
        ctx.timer(Duration::from_secs(1)).await;
    });
    Ok(0)
}

fn main() {}
