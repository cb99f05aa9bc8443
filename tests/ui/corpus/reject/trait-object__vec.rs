//@ category: trait-object
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

trait Ids { fn fresh(&self) -> u64; }
struct A;
impl Ids for A { fn fresh(&self) -> u64 { rand::random() } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let all: Vec<Box<dyn Ids>> = vec![Box::new(A)];
    for a in &all { let _n = a.fresh(); } //~ ERROR
    Ok(0)
}

fn main() {}
