//@ category: macros
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

fn text_of(n: u64) -> String {
    n.to_string()
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let n = ctx.call(work(1)).await?;
    let v = vec![n.pow(2), u64::from(3u8)];
    assert_eq!(v.len(), 2, "{v:?} {}", v.iter().sum::<u64>());
    let text = format!("{n:>w$} {name} {0:?}", v.first(), w = 4, name = text_of(n));
    use std::fmt::Write as _;
    let mut out = String::new();
    write!(out, "{}", text.trim())?;
    assert!(!out.is_empty(), "empty {out}");
    Ok(0)
}

fn main() {}
