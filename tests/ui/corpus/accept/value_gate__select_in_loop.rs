//@ category: select
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
    let mut limit = ctx.timer(Duration::from_secs(9));
    let mut got = Vec::new();
    loop {
        let next = durable::select! {
            n = ctx.event::<u64>("n") => Some(n.pow(2)),
            _ = &mut limit => None,
        };
        let Some(n) = next else { break };
        got.push(n);
        if matches!(got.first(), Some(n) if *n > 3) { break }
    }
    let all = durable::try_join_all(got.iter().map(|n| ctx.call(work(*n)))).await?;
    let _ = vec![all.len(); 2];
    Ok(0)
}

fn main() {}
