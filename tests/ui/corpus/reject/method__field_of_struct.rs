//@ category: method
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Gen;
impl Gen { fn next_id(&self) -> u64 { rand::random() } }
struct App { ids: Gen }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let app = App { ids: Gen };
    let _n = app.ids.next_id(); //~ ERROR
    Ok(0)
}

fn main() {}
