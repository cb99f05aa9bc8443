use durable::{Orchestrator, Invocation, Result, activity};

#[activity]
async fn work() -> Result<()> {
    Ok(())
}

fn start<O: Orchestrator>(_: Invocation<O>) {}

fn main() {
    start(work());
}
