use durable::prelude::*;
use std::time::{Instant, SystemTime as Wall};

#[orchestrator]
async fn deadline(ctx: &OrchestrationContext) -> Result<bool> {
    let started = Instant::now();
    ctx.timer(std::time::Duration::from_secs(1)).await;
    let late = Wall::now() > Wall::UNIX_EPOCH;
    Ok(late && started.elapsed().as_secs() > 1)
}

fn main() {}
