use std::path::PathBuf;

use durable::{OrchestrationContext, Result, activity, orchestrator};

#[activity]
async fn unpack(archive: &str) -> Result<PathBuf> {
    Ok(archive.into())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<bool> {
    let folder = ctx.call(unpack("a.zip")).await?;
    Ok(folder.join("index.html").exists())
}

fn main() {}
