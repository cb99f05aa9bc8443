//@ code: D0003
//@ domain
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Order {
    #[serde(deserialize_with = "region")]
    pub region: String,
}

fn region<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let written: String = serde::Deserialize::deserialize(from)?;
    Ok(std::env::var("REGION").unwrap_or(written)) //~
}
//@ flows
#[orchestrator]
async fn flow(_ctx: &OrchestrationContext, order: Order) -> Result<u64> {
    Ok(order.region.len() as u64)
}
