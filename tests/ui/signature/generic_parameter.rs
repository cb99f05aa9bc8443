use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity]
async fn store<T: serde::Serialize>(items: Vec<T>) -> Result<usize> {
    Ok(items.len())
}

#[activity]
async fn chunk<const N: usize>(bytes: &[u8]) -> Result<usize> {
    Ok(bytes.len() / N)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<usize> {
    Ok(ctx.call(store(vec![1, 2, 3])).await?)
}

fn main() {}
