//@ domain

//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext, name: String) -> Result<u64> {
    tracing::info!(instance = ctx.instance_id(), "a step");
    tracing::warn!(?name, number = name.len(), "with {name}");
    durable::info!(ctx, "another {}", name.len());
    let span = tracing::info_span!("part", %name);
    let _entered = span.enter();
    Ok(0)
}
