//@ category: infer
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

struct Cents(i64);
impl Cents {
    fn from_whole(n: i64) -> Cents { Cents(n * 100) }
}
impl std::ops::Neg for Cents {
    type Output = Cents;
    fn neg(self) -> Cents { Cents(-self.0) }
}
struct Flag(bool);
impl Flag {
    fn new(b: bool) -> Flag { Flag(b) }
}
impl std::ops::Not for Flag {
    type Output = Flag;
    fn not(self) -> Flag { Flag(!self.0) }
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let d = -Cents::from_whole(3);
    let e: Flag = !Flag::new(true);
    let _ = (d.0, e.0);
    Ok(0)
}

fn main() {}
