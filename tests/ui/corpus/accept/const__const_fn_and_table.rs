//@ category: const
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

const fn square(n: u64) -> u64 { n * n }
const TABLE: [u64; 3] = [square(1), square(2), square(3)];
static LIMITS: &[(&str, u64)] = &[("a", 1)];

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n: u64 = TABLE.iter().sum::<u64>() + LIMITS[0].1;
    Ok(0)
}

fn main() {}
