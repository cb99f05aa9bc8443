//@ category: infer
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

fn give_up() -> ! {
    panic!("no")
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let m = ctx.call(work(1)).await?.checked_sub(1);
    let Some(k) = m else { give_up() };
    ctx.call(work(k)).await?;
    Ok(0)
}

fn main() {}
