//@ code: D0015
//@ domain
pub struct Votes(pub std::collections::HashMap<String, u64>);

impl Votes {
    pub fn winner(&self) -> Option<&String> {
        self.0.iter().max_by_key(|(_, votes)| **votes).map(|(name, _)| name) //~
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(Votes(Default::default()).winner().map_or(0, |name| name.len() as u64))
}
