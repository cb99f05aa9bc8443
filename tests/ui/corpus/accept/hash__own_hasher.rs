//@ category: hash
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use std::hash::{Hash, Hasher};
struct Fnv(u64);
impl Hasher for Fnv {
    fn finish(&self) -> u64 { self.0 }
    fn write(&mut self, b: &[u8]) { for x in b { self.0 = (self.0 ^ u64::from(*x)).wrapping_mul(0x100000001b3) } }
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut h = Fnv(1);
    "key".hash(&mut h);
    let _n = h.finish();
    Ok(0)
}

fn main() {}
