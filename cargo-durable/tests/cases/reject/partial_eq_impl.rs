//@ code: D0001
//@ domain
pub struct Token(pub u64);

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 && std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()) < self.0 //~
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(u64::from(Token(1) == Token(2)))
}
