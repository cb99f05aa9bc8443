//@ category: statics
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
use std::sync::LazyLock;
static TABLE: LazyLock<Vec<u64>> = LazyLock::new(|| (0..10).map(|n| n * n).collect());

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, n: usize) -> Result<u64> {
    let first = TABLE.first().copied().unwrap_or_default();
    Ok(TABLE.get(n).copied().unwrap_or(first) + TABLE.iter().sum::<u64>())
}

fn main() {}
