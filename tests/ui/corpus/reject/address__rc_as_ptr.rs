//@ category: address
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let x = std::rc::Rc::new(1); let _p = std::rc::Rc::as_ptr(&x); //~ ERROR
    Ok(0)
}

fn main() {}
