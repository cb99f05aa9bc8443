use durable::prelude::*;
macro_rules! dice {
    ($sides:expr) => {
        std::process::id() % $sides
    };
}

#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<u32> {
    Ok(dice!(6))
}

fn main() {}
