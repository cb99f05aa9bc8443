use std::sync::{Arc, Mutex};

use durable::OrchestrationContext;

#[durable::helper]
async fn next(ctx: &OrchestrationContext, counter: Arc<Mutex<u64>>) -> u64 {
    let _ = ctx;
    *counter.lock().unwrap() += 1;
    *counter.lock().unwrap()
}

fn main() {}
