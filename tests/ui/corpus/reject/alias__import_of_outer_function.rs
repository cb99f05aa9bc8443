//@ category: alias
//@ caught-by: L1f C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};

fn main() {
    use std::process::id as pid;
    fn pure() -> u64 {
        1
    }

    #[orchestrator]
    async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
        Ok(pure() + u64::from(pid())) //~ ERROR
    }
}
