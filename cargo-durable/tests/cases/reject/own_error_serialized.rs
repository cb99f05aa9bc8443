//@ code: D0009
//@ domain
#[derive(Debug, serde::Deserialize)]
pub struct Refused;

impl serde::Serialize for Refused {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(std::process::id()) //~
    }
}
//@ flows
#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<u64, Refused> {
    Err(Refused)
}
