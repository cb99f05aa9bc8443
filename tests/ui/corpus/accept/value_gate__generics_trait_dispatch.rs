//@ category: generics
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

trait Price { fn of(&self, n: u64) -> u64; }
struct Flat(u64);
impl Price for Flat {
    fn of(&self, n: u64) -> u64 { self.0 * n }
}
fn total<P: Price>(ps: &[P]) -> u64 {
    ps.iter().map(|p| p.of(1)).sum()
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let p = &Flat(3) as &dyn Price;
    let n = total(&[Flat(1), Flat(2)]) + p.of(2);
    let m = <Flat as Price>::of(&Flat(1), 2) + Price::of(&Flat(2), 3);
    ctx.call(work(n + m)).await?;
    Ok(0)
}

fn main() {}
