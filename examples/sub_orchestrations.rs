//! Sub-orchestrations: a project sets up several devices, each by an orchestration of its own
//! that can be looked at, retried and terminated by itself.
//!
//! `cargo run --example sub_orchestrations [FILE]`

use std::time::Duration;

use durable::prelude::*;

#[activity]
async fn install(device: &str, part: &str, attempt_of_device: u32) -> Result<()> {
    // The toaster needs a second attempt as a whole; the sundial takes no software.
    match (device, part) {
        ("toaster", "drivers") if attempt_of_device == 1 => Err(durable::Error::msg("too hot")),
        ("sundial", _) => Err(durable::Error::msg("there is no socket")),
        _ => Ok(()),
    }
}

/// Sets up one device. It need not know that it is somebody's child.
#[orchestrator]
async fn set_up(ctx: &OrchestrationContext, device: &str) -> Result<String> {
    let attempt = ctx.parent().map_or(1, |parent| parent.attempt);
    for part in ["firmware", "drivers", "applications"] {
        ctx.call(install(device, part, attempt)).await?;
    }
    Ok(format!("{device} is set up, attempt {attempt}, by instance {}", ctx.instance_id()))
}

#[activity]
async fn send_mail(text: &str) -> Result<()> {
    println!("(mail: {text})");
    Ok(())
}

/// Takes its time; nobody waits for it.
#[orchestrator]
async fn announce(ctx: &OrchestrationContext, text: &str) -> Result<()> {
    ctx.timer(Duration::from_millis(50)).await;
    ctx.call(send_mail(text)).await?;
    Ok(())
}

#[orchestrator]
async fn set_up_all(ctx: &OrchestrationContext, devices: Vec<String>) -> Result<Vec<String>> {
    // The same verb as for activities. A child with an id can be found by it; one without is
    // named after its parent. A retry of a child is an instance of its own.
    let again = RetryPolicy::fixed(2, Duration::from_millis(10));
    let calls = devices.iter().map(|device| {
        let child = set_up(device);
        ctx.call(if device == "phone" { child.instance_id("the-phone") } else { child.retry(again) })
    });
    let results = durable::join_all(calls).await;
    // This one outlives its parent: a call that nobody awaits would be terminated with it.
    ctx.start_detached(announce("the devices are as they are").instance_id("announcement"))?;
    Ok(results.into_iter().map(|result| result.unwrap_or_else(|e| format!("failed: {e}"))).collect())
}

#[tokio::main]
async fn main() -> Result<()> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "sub_orchestrations.db".into());
    let worker = Worker::builder(SqliteStore::open(&file).await?).register_all().start().await?;
    let client = worker.client();
    let devices = ["phone", "toaster", "sundial"].map(String::from).to_vec();
    let run = client.start(set_up_all(devices)).await?;
    for line in run.result().await? {
        println!("{line}");
    }
    println!("the-phone is {}", client.instance("the-phone").status().await?.status);
    client.instance("announcement").result::<announce>().await?;
    worker.shutdown().await?;
    Ok(())
}
