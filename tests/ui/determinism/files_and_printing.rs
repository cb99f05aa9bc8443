use durable::prelude::*;
#[orchestrator]
async fn flow(_ctx: &OrchestrationContext, path: String) -> Result<String> {
    println!("reading {path}");
    Ok(std::fs::read_to_string(&path)?)
}

fn main() {}
