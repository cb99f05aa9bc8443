//@ category: alias
//@ caught-by: L1f L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::{collections::BTreeMap, time::{self as clock, Duration as D}};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = clock::SystemTime::now(); //~ ERROR
    let _m: BTreeMap<u8, D> = BTreeMap::new();
    Ok(0)
}

fn main() {}
