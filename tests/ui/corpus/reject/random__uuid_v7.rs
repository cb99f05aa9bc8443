//@ category: random
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

use uuid::{Timestamp, Uuid, NoContext};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let _u = Uuid::new_v7(Timestamp::from_unix(NoContext, 0, 0)); //~ ERROR
    Ok(0)
}

fn main() {}
