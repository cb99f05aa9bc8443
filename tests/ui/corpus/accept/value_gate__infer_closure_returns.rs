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
    let add = |a: u64, b| a + b;
    let n = add(1, 2);
    let boxed: Box<dyn Fn(u64) -> u64> = Box::new(move |x| x + n);
    let fs: Vec<Box<dyn Fn(u64) -> u64>> = vec![Box::new(|x| x), Box::new(boxed)];
    ctx.call(work(fs.iter().fold(0, |s, f| s + f(s)))).await?;
    Ok(0)
}

fn main() {}
