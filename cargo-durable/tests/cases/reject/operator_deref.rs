//@ code: D0009
//@ domain
pub struct Host(pub String);

impl std::ops::Deref for Host {
    type Target = str;

    fn deref(&self) -> &str {
        if std::process::id() == 1 { "init" } else { &self.0 } //~
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(Host("a".to_owned()).len() as u64)
}
