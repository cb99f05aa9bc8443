//@ code: D0003
//@ domain
pub struct Shop;

impl vendored::Configured for Shop {}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    use vendored::Configured;
    Ok(Shop.setting("rate").len() as u64) //~
}
