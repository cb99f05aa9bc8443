//@ code: D0015
//@ domain

//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(vendored::first_word("a b a")) //~
}
