//@ category: names
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Sys;
impl Sys { fn token(&self) -> u64 { rand::random() } }
struct Fixed(u64);
impl Fixed { fn token(&self) -> u64 { self.0 } }

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let f = Fixed(3);
    let _n = f.token();
    Ok(0)
}

fn main() {}
