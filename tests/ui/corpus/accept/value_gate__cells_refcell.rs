//@ category: cells
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
    let count = std::cell::RefCell::new(0u64);
    let bump = || { *count.borrow_mut() += 1; count.borrow().clone() };
    let n = bump() + bump();
    let c = std::cell::Cell::new(n);
    c.set(c.get() + 1);
    ctx.call(work(c.take())).await?;
    Ok(0)
}

fn main() {}
