use durable::{ActivityContext, OrchestrationContext, Result, activity, orchestrator};

#[orchestrator]
async fn flow(ctx: &ActivityContext, n: u32) -> Result<u32> {
    let _ = ctx;
    Ok(n)
}

#[activity]
async fn work(ctx: &OrchestrationContext, n: u32) -> Result<u32> {
    let _ = ctx;
    Ok(n)
}

#[activity]
async fn late(n: u32, ctx: &ActivityContext) -> Result<u32> {
    let _ = ctx;
    Ok(n)
}

#[orchestrator]
async fn owned(ctx: OrchestrationContext) -> Result<()> {
    let _ = ctx;
    Ok(())
}

fn main() {}
