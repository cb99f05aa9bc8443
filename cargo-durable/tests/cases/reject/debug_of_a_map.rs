//@ code: D0015
//@ domain
use std::collections::HashMap;

#[derive(Default)]
pub struct Stock {
    pub by_name: HashMap<String, u64>,
}

impl std::fmt::Debug for Stock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(&self.by_name).finish() //~
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(format!("{:?}", Stock::default()).len() as u64)
}
