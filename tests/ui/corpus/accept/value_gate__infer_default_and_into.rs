//@ category: infer
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
    let mut acc = Default::default();
    for n in [1u64, 2] { acc = n.max(acc); }
    let text: String = "a".into();
    let bytes: &[u8] = &text.clone().into_bytes();
    let s: &str = &text.to_uppercase();
    let _ = (bytes, s);
    ctx.call(work(acc)).await?;
    Ok(0)
}

fn main() {}
