//@ category: trust
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
    let n: u64 = ctx.side_effect(|| std::env::args().count() as u64).await;
    ctx.call(work(n)).await?;
    Ok(0)
}

fn main() {}
