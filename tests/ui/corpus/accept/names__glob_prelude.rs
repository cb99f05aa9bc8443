//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use durable::prelude::*;
use std::collections::*;
use std::cmp::*;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut m: BTreeMap<u64, u64> = BTreeMap::new();
    m.insert(1, max(1, 2));
    let _o = Ordering::Less;
    Ok(0)
}

fn main() {}
