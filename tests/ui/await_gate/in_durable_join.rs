use durable::{OrchestrationContext, Result, orchestrator};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<()> {
    let _ = ctx;
    let _both = durable::join!(ctx.timer(std::time::Duration::from_secs(1)), std::future::ready(1));
    Ok(())
}

fn main() {}
