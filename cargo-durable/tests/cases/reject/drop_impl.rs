//@ code: D0004
//@ domain
pub struct Marker;

impl Drop for Marker {
    fn drop(&mut self) {
        drop(std::fs::write("marker", "x")); //~
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    {
        let _marker = Marker;
    }
    Ok(0)
}
