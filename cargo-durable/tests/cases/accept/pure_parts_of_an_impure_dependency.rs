//@ domain
pub struct Doubling;

impl vendored::Policy for Doubling {
    fn wait(&self, attempt: u64) -> u64 {
        1 << attempt
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let waits = vendored::total_wait(&Doubling, 3) + vendored::LIMIT + vendored::checksum("a b");
    let path = std::path::Path::new("/a/b.txt").with_extension("md");
    let address: std::net::IpAddr = "127.0.0.1".parse()?;
    Ok(waits + path.components().count() as u64 + u64::from(address.is_loopback()))
}
