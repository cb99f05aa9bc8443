//@ category: loops
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;


#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut n = 0u64;
    loop {
        n += ctx.call(work(n)).await?;
        if n > 9 { return ctx.continue_as_new(flow()).await; }
        ctx.timer(Duration::from_secs(1)).await;
    }
}

fn main() {}
