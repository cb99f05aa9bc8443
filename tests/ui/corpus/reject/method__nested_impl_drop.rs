//@ category: method
//@ caught-by: L1 C
#![allow(warnings)]
use durable::{orchestrator, OrchestrationContext, Result};

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            std::fs::remove_file("lock").ok(); //~ ERROR
        }
    }
    let _guard = Guard;
    Ok(0)
}

fn main() {}
