//@ category: generics
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

trait Ids { fn id() -> u64; }
struct A;
impl Ids for A { fn id() -> u64 { rand::random() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = <A as Ids>::id(); //~ ERROR
    Ok(0)
}

fn main() {}
