//@ code: D0001
//@ domain

//@ flows
#[durable::helper]
pub fn later(n: u64) -> u64 {
    vendored::stamp() + n //~
}

#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<u64> {
    Ok(1)
}
