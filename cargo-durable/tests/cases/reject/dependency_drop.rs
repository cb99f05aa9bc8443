//@ code: D0014
//@ domain

//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let guard = vendored::Guard::new("step");
    let length = guard.name().len() as u64;
    drop(guard); //~
    Ok(length)
}
