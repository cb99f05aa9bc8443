use durable::{OrchestrationContext, Result, orchestrator};

mod clock {
    pub(crate) fn source() -> impl Fn() -> std::time::Instant {
        std::time::Instant::now
    }
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<()> {
    let _ = ctx;
    let read = durable::trust!("tests the value gate", clock::source());
    let started = read();
    if started.elapsed().as_secs() > 3 {
        return Ok(());
    }
    Ok(())
}

fn main() {}
