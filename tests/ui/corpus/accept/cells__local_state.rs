//@ category: cells
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let n = Cell::new(1);
    n.set(n.get() + 1);
    let v = Rc::new(RefCell::new(vec![1]));
    v.borrow_mut().push(n.get());
    let w = Rc::clone(&v);
    let _same = Rc::ptr_eq(&v, &w);
    Ok(0)
}

fn main() {}
