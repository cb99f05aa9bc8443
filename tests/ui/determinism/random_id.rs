use durable::prelude::*;
#[orchestrator]
async fn order(ctx: &OrchestrationContext, lines: Vec<u64>) -> Result<Vec<String>> {
    ctx.timer(std::time::Duration::from_secs(1)).await;
    Ok(lines.iter().map(|_| uuid::Uuid::new_v4().to_string()).collect())
}

fn main() {}
