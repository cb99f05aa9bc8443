//@ category: net
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)] use durable::DurableFutureExt;
#[allow(unused_imports)] use std::time::Duration;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    use std::net::ToSocketAddrs; let _a = "example.org:80".to_socket_addrs(); //~ ERROR
    Ok(0)
}

fn main() {}
