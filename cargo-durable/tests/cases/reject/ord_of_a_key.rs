//@ code: D0014
//@ domain
#[derive(PartialEq, Eq, PartialOrd)]
pub struct Key(pub u64);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        println!("comparing"); //~
        self.0.cmp(&other.0)
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let jobs = std::collections::BTreeMap::from([(Key(1), 2), (Key(2), 3)]);
    Ok(jobs.len() as u64)
}
