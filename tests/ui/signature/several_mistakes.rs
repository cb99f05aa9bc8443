use durable::{OrchestrationContext, Result, orchestrator};

#[orchestrator(nam = "flow", version = "")]
fn flow<T>(name: Option<&str>, ctx: &OrchestrationContext, (a, b): (u32, u32)) -> Result<u32> {
    Ok(a + b)
}

fn main() {
    let _ = flow::definition();
}
