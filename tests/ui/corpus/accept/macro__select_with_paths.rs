//@ category: macro
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::collections::BTreeMap;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut m = BTreeMap::new();
    durable::select! {
        v = ctx.event::<u64>("a") => { m.insert(String::from("a"), v); },
        _ = ctx.timer(Duration::from_secs(1)) => { m.insert("t".to_string(), 0); }
    }
    Ok(0)
}

fn main() {}
