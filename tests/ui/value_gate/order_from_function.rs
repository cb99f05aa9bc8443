use std::collections::HashMap;

use durable::{OrchestrationContext, Result, orchestrator};

fn group(words: &[String]) -> HashMap<usize, String> {
    words.iter().map(|word| (word.len(), word.clone())).collect()
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, words: Vec<String>) -> Result<()> {
    for (length, _) in group(&words) {
        ctx.timer(std::time::Duration::from_secs(length as u64)).await;
    }
    Ok(())
}

fn main() {}
