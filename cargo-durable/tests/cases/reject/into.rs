//@ code: D0002
//@ domain
pub struct Name(pub &'static str);

impl From<Name> for String {
    fn from(name: Name) -> String {
        format!("{}-{}", name.0, uuid::Uuid::new_v4()) //~
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let name: String = Name("order").into();
    Ok(name.len() as u64)
}
