//@ category: trait-object
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

trait Clock { fn secs(&self) -> u64; }
struct Sys;
impl Clock for Sys { fn secs(&self) -> u64 { chrono::Utc::now().timestamp() as u64 } }
struct App { clock: Box<dyn Clock> }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let app = App { clock: Box::new(Sys) };
    let _n = app.clock.secs(); //~ ERROR
    Ok(0)
}

fn main() {}
