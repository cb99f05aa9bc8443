//@ code: D0001
//@ domain
pub struct Batch(pub u64, pub Vec<u64>);

impl FromIterator<u64> for Batch {
    fn from_iter<I: IntoIterator<Item = u64>>(items: I) -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()); //~
        Self(now, items.into_iter().collect())
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let batch: Batch = (0..3).collect();
    Ok(batch.0)
}
