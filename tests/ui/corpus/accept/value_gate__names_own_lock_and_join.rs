//@ category: names
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

struct Door { open: bool }
impl Door {
    fn lock(self) -> Door { self }
    fn send(&self, n: u64) -> u64 { n }
    fn load(&self) -> u64 { 1 }
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let d = Door { open: false };
    let d = d.lock();
    let text = vec!["a", "b"].join("-");
    let n = d.send(1) + d.load() + text.len() as u64;
    ctx.call(work(n)).await?;
    Ok(0)
}

fn main() {}
