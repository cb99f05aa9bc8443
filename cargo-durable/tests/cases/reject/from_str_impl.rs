//@ code: D0003
//@ domain
pub struct Region(pub String);

impl std::str::FromStr for Region {
    type Err = std::env::VarError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() { Ok(Self(std::env::var("REGION")?)) } else { Ok(Self(text.to_owned())) } //~
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let region: Region = "".parse()?;
    Ok(region.0.len() as u64)
}
