//@ category: dependency
//@ caught-by: L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;
#[durable::activity] async fn work(_ctx: &durable::ActivityContext, n: u64) -> Result<u64> { Ok(n) }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    use itertools::Itertools; let g = vec![(1u64, 2u64)].into_iter().into_group_map(); for (k, _) in g { ctx.call(work(k)).await?; } //~ ERROR
    Ok(0)
}

fn main() {}
