//@ code: D0009
//@ domain
pub const STEPS: [(&str, fn() -> u64); 2] = [("zero", zero), ("process", process)];

fn zero() -> u64 {
    0
}

fn process() -> u64 {
    std::process::id().into() //~
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(STEPS.iter().map(|(_, step)| step()).sum())
}
