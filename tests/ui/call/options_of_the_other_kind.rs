use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity]
async fn work() -> Result<()> {
    Ok(())
}

#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<()> {
    Ok(())
}

fn main() {
    let _ = work().instance_id("order-7");
    let _ = flow().timeout(std::time::Duration::from_secs(1));
}
