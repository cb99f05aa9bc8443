//@ code: D0009
//@ domain
#[derive(Debug)]
pub struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "refused by process {}", std::process::id()) //~
    }
}

impl std::error::Error for Refused {}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    if ctx.instance_id().is_empty() {
        Err(Refused)?;
    }
    Ok(0)
}
