//@ code: D0001
//@ domain

//@ flows
struct Shop(u64);

impl Shop {
    #[inline]
    #[durable::helper]
    fn later(&self) -> u64 {
        vendored::stamp() + self.0 //~
    }
}

#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<u64> {
    Ok(1)
}
