//@ code: D0015
//@ domain
#[derive(Default, serde::Deserialize)]
pub struct Totals(pub std::collections::HashMap<String, u64>);

impl serde::Serialize for Totals {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(&self.0) //~
    }
}
//@ flows
#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<Totals> {
    Ok(Totals::default())
}
