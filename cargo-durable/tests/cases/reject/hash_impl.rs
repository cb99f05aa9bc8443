//@ code: D0006
//@ domain
#[derive(PartialEq, Eq)]
pub struct Key(pub u64);

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::thread::sleep(std::time::Duration::from_millis(1)); //~
        self.0.hash(state);
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut seen = std::collections::HashSet::new();
    Ok(u64::from(seen.insert(Key(1))))
}
