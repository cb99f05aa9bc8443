//@ category: net_types
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::net::{Ipv4Addr, SocketAddr};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let a = SocketAddr::from(([127, 0, 0, 1], 80));
    let _p = a.port() + u16::from(Ipv4Addr::LOCALHOST.is_loopback());
    Ok(0)
}

fn main() {}
