//@ domain

//@ flows
#[activity]
async fn stamp() -> Result<u64> {
    std::fs::write("stamp", "x")?;
    println!("stamped");
    Ok(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() + vendored::stamp())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let stamp = ctx.call(stamp()).await?;
    Ok(stamp)
}
