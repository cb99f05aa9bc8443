//@ code: D0014
//@ domain
#[derive(serde::Deserialize)]
pub struct Total(pub u64);

impl serde::Serialize for Total {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        eprintln!("total {}", self.0); //~
        to.serialize_u64(self.0)
    }
}
//@ flows
#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<Total> {
    Ok(Total(1))
}
