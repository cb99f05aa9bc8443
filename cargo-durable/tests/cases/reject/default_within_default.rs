//@ code: D0002
//@ domain
#[derive(Default)]
pub struct Order {
    pub id: Id,
    pub lines: Vec<u64>,
}

pub struct Id(pub u128);

impl Default for Id {
    fn default() -> Self {
        Self(uuid::Uuid::new_v4().as_u128()) //~
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(Order::default().lines.len() as u64)
}
