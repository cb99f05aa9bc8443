//@ category: generics
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

trait Clock { fn secs(&self) -> u64; }
struct Sys;
impl Clock for Sys { fn secs(&self) -> u64 { std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() } }
fn read<C>(c: &C) -> u64 where C: Clock { c.secs() }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _n = read(&Sys); //~ ERROR
    Ok(0)
}

fn main() {}
