use durable::{Invocation, Orchestrator, Result, activity};

#[activity]
async fn work() -> Result<()> {
    Ok(())
}

fn start<O: Orchestrator>(_: Invocation<O>) {}

fn main() {
    start(work());
}
