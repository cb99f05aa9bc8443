//@ category: net
//@ caught-by: L1 L2a C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use tokio::net::TcpStream;

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _s = TcpStream::connect("127.0.0.1:1").await; //~ ERROR
    Ok(0)
}

fn main() {}
