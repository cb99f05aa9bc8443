//@ code: D0002
//@ domain
pub struct Ids;

impl Iterator for Ids {
    type Item = u128;

    fn next(&mut self) -> Option<u128> {
        Some(uuid::Uuid::new_v4().as_u128()) //~
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let ids: Vec<u128> = Ids.take(3).collect();
    Ok(ids.len() as u64)
}
