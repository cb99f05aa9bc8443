//@ category: alias
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

mod a { pub fn id() -> u64 { super::b::raw() } }
mod b { pub fn raw() -> u64 { self::inner::raw() } mod inner { pub fn raw() -> u64 { rand::random() } } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = self::a::id(); //~ ERROR
    Ok(0)
}

fn main() {}
