//@ category: address
//@ caught-by: L1
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Fnv(u64);
impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 { self.0 }
    fn write(&mut self, b: &[u8]) { for x in b { self.0 = (self.0 ^ u64::from(*x)).wrapping_mul(0x100000001b3) } }
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let x = 1u64;
    let mut h = Fnv(0);
    std::ptr::hash(&x, &mut h); //~ ERROR
    Ok(0)
}

fn main() {}
