use durable::{OrchestrationContext, Result, activity, orchestrator};

struct Receipt {
    id: u64,
}

#[activity]
async fn charge(id: u64) -> Result<Receipt> {
    Ok(Receipt { id })
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(ctx.call(charge(1)).await?.id)
}

fn main() {}
