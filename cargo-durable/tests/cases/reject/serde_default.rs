//@ code: D0001
//@ domain
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Order {
    #[serde(default = "placed")]
    pub placed: u64,
}

fn placed() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()) //~
}
//@ flows
#[orchestrator]
async fn flow(_ctx: &OrchestrationContext, order: Order) -> Result<u64> {
    Ok(order.placed)
}
