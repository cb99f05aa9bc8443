//@ category: helper
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};
#[allow(unused_imports)]
use durable::DurableFutureExt;
#[allow(unused_imports)]
use std::time::Duration;

struct Pricing { cents: u64 }
impl Pricing {
    #[durable::helper]
    async fn total(&self, ctx: &OrchestrationContext, n: u64) -> Result<u64> { ctx.timer(Duration::from_secs(1)).await; Ok(self.line(n)) }
    fn line(&self, n: u64) -> u64 { self.cents * n }
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let p = Pricing { cents: 5 };
    let _n = p.total(ctx, 3).await?;
    Ok(0)
}

fn main() {}
