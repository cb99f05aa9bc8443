//@ code: D0001
//@ domain
#[derive(Debug)]
pub struct BadNumber(pub u64);

impl From<std::num::ParseIntError> for BadNumber {
    fn from(_: std::num::ParseIntError) -> Self {
        Self(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())) //~
    }
}

impl std::fmt::Display for BadNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "bad number")
    }
}

impl std::error::Error for BadNumber {}

pub fn number(text: &str) -> Result<u64, BadNumber> {
    Ok(text.parse::<u64>()?)
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(number("7")?)
}
