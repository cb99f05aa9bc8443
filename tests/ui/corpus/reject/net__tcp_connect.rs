//@ category: net
//@ caught-by: L1 L2b C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _c = std::net::TcpStream::connect("127.0.0.1:1"); //~ ERROR
    Ok(0)
}

fn main() {}
