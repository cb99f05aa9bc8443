//@ category: time
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

struct Stopwatch(durable::Timestamp);
impl Stopwatch {
    fn elapsed(&self, now: durable::Timestamp) -> Duration { now - self.0 }
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let w = Stopwatch(ctx.now());
    let d = w.elapsed(ctx.now());
    ctx.timer(d).await;
    Ok(0)
}

fn main() {}
