//@ category: order
//@ caught-by: L2b C
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;


#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, m: HashMap<u64, u64>) -> Result<u64> {
    'outer: loop {
        for (k, _) in m.iter() {  //~ ERROR
            if *k > 3 { break 'outer }
        }
        break;
    }
    Ok(0)
}

fn main() {}
