//! A rolling deploy: a second version is started beside the first, in another process on the same
//! file; each instance runs where its version is, and nothing waits for nobody.
//!
//! `cargo run --example rolling_deploy [FILE]`

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use durable::prelude::*;
use durable::store::Status;

#[activity]
async fn process() -> Result<u32> {
    Ok(std::process::id())
}

mod v1 {
    use super::*;

    #[orchestrator(name = "greet", version = "1")]
    pub(super) async fn greet(ctx: &OrchestrationContext) -> Result<(String, u32)> {
        ctx.event::<()>("go").await;
        Ok(("version 1".into(), ctx.call(process()).await?))
    }
}

mod v2 {
    use super::*;

    #[orchestrator(name = "greet", version = "2")]
    pub(super) async fn greet(ctx: &OrchestrationContext) -> Result<(String, u32)> {
        let before = ctx.call(process()).await?;
        ctx.event::<()>("go").await;
        Ok(("version 2".into(), before))
    }
}

/// A deployment: a process that works until its input is closed.
async fn deployed(version: &str, file: &str) -> Result<()> {
    let worker = Worker::builder(SqliteStore::open(file).await?).name(format!("version {version}"));
    let worker = worker.register(process::definition());
    let worker = match version {
        "1" => worker.register(v1::greet::definition()),
        // The new build has both, so that what the old one began can end with it.
        _ => worker.register(v1::greet::definition()).register(v2::greet::definition()),
    };
    let worker = worker.start().await?;
    println!("  a worker with version {version} is up");
    tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin())).await??;
    worker.shutdown().await?;
    println!("  a worker with version {version} is gone");
    Ok(())
}

fn deploy(version: &str, file: &str) -> Result<Child> {
    Ok(Command::new(std::env::current_exe()?).args([file, version]).stdin(Stdio::piped()).spawn()?)
}

/// Closes its input, and waits for it to leave in good order.
fn retire(mut worker: Child) -> Result<()> {
    drop(worker.stdin.take());
    worker.wait()?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "rolling_deploy.db".into());
    if let Some(version) = arguments.next() {
        return deployed(&version, &file).await;
    }
    let client = Client::new(SqliteStore::open(&file).await?);

    let old = deploy("1", &file)?;
    let first = client.start(v1::greet()).await?;
    first.instance().started().await?;
    println!("an instance of version 1 runs in process {}", old.id());

    // Started ahead of the deploy: nobody can run it yet, and it says so.
    let early = client.start(v2::greet()).await?;
    loop {
        let status = early.status().await?;
        if status.status == Status::Parked {
            println!("an instance of version 2 waits: {}", status.parked_reason.unwrap_or_default());
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let new = deploy("2", &file)?;
    early.instance().raise("go", &()).await?;
    let (version, process) = early.result().await?;
    println!("{version} ran in the new process: {}", process == new.id());

    retire(old)?;
    first.instance().raise("go", &()).await?;
    let (version, process) = first.result().await?;
    println!("{version} went on in the new process: {}", process == new.id());
    retire(new)?;
    Ok(())
}
