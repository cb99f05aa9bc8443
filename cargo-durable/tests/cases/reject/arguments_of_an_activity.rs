//@ code: D0001
//@ domain
#[derive(serde::Deserialize)]
pub struct Request(pub u64);

impl serde::Serialize for Request {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())) //~
    }
}
//@ flows
#[activity]
async fn send(request: Request) -> Result<u64> {
    Ok(request.0)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(ctx.call(send(Request(1))).await?)
}
