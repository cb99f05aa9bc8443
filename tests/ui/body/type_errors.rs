//! What is wrong in a body is said as in a plain `async fn`.
use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n.to_string())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, unused: u64) -> Result<u64> {
    if ctx.instance_id().is_empty() {
        return Ok("none");
    }
    let n: u64 = missing;
    ctx.call(work(n)).await?;
}

fn main() {}
