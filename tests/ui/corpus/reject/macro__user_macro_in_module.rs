//@ category: macro
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

mod m { macro_rules! stamp { ($x:expr) => {{ let t = std::time::SystemTime::now(); ($x, t) }} } pub(crate) use stamp; }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _t = m::stamp!(1); //~ ERROR
    Ok(0)
}

fn main() {}
