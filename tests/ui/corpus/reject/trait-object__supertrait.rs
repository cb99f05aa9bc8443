//@ category: trait-object
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

trait Base { fn base(&self) -> u64; }
trait Top: Base {}
struct A;
impl Base for A { fn base(&self) -> u64 { rand::random() } }
impl Top for A {}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let a: Box<dyn Top> = Box::new(A);
    let _n = a.base(); //~ ERROR
    Ok(0)
}

fn main() {}
