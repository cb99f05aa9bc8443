//! A scheduled start: an orchestration that is started now and begins later, not before its time.
//!
//! `cargo run --example scheduled_start [DELAY_MS]`
//!
//! Until then it is a row in the file: nothing runs for it, and no process has to live so long.

use std::time::{Duration, SystemTime};

use durable::Timestamp;
use durable::prelude::*;

#[activity]
async fn ring(guest: &str) -> Result<String> {
    Ok(format!("good morning, {guest}"))
}

/// Gives what was said, and when by the recorded clock.
#[orchestrator]
async fn wake_up_call(ctx: &OrchestrationContext, guest: &str) -> Result<(Timestamp, String)> {
    let woken_at = ctx.now();
    Ok((woken_at, ctx.call(ring(guest)).await?))
}

#[tokio::main]
async fn main() -> Result<()> {
    let delay = Duration::from_millis(std::env::args().nth(1).map_or(Ok(1_000), |ms| ms.parse())?);
    let store = SqliteStore::open("scheduled_start.db").await?;

    // A client needs no worker, now or ever: whoever works on the file at that time begins it.
    let at = Timestamp::from(SystemTime::now()) + delay;
    let run = Client::new(store.clone()).start(wake_up_call("Ms. Lovelace").start_at(at)).await?;
    println!("ordered for {at}: {}", run.status().await?.status);

    let worker = Worker::builder(store).register_all().start().await?;
    let (woken_at, said) = run.result().await?;
    println!("{said}");
    assert!(woken_at >= at, "woken at {woken_at}, ordered for {at}");
    println!("woken at {woken_at}, not before its time");
    worker.shutdown().await?;
    Ok(())
}
