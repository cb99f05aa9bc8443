//! Counting by events: an eternal orchestration adds up what it is sent, one event at a time, and
//! begins a new execution every so often. No event is lost on the way, and none counts twice.
//!
//! `cargo run --example event_counter [EVENTS] [FILE]`

use durable::prelude::*;
use serde::{Deserialize, Serialize};

const INSTANCE: &str = "turnstile";

/// After so many events the history starts over. (A real one may be longer: thousands.)
const EVENTS_PER_EXECUTION: u64 = 10;

/// What it has counted: from execution to execution as an argument, and what clients see.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Count {
    events: u64,
    sum: u64,
}

/// What one execution does next.
enum Next {
    Add(u64),
    Close,
}

#[orchestrator]
async fn count(ctx: &OrchestrationContext, mut count: Count) -> Result<Count> {
    for _ in 0..EVENTS_PER_EXECUTION {
        // The topmost branch first: what was added before the end counts. The wait that loses
        // gives back an event that it may have been given.
        let next = durable::select! {
            n = ctx.event::<u64>("add") => Next::Add(n),
            _ = ctx.event::<()>("close") => Next::Close,
        };
        match next {
            Next::Add(n) => count = Count { events: count.events + 1, sum: count.sum + n },
            Next::Close => return Ok(count),
        }
        ctx.set_custom_status(&count)?;
    }
    // Events that came and were not taken go along to the next execution.
    ctx.continue_as_new(self::count(count)).await
}

#[tokio::main]
async fn main() -> Result<()> {
    let events: u64 = std::env::args().nth(1).map_or(Ok(105), |n| n.parse())?;
    let file = std::env::args().nth(2).unwrap_or_else(|| "event_counter.db".into());
    let worker = Worker::builder(SqliteStore::open(&file).await?).register_all().start().await?;
    let client = worker.client();

    let run = client.start(count(Count::default()).instance_id(INSTANCE)).await?;
    for n in 1..=events {
        // When this returns the event is durable: it will count, whatever happens to the worker.
        client.instance(INSTANCE).raise("add", &n).await?;
    }
    client.instance(INSTANCE).raise("close", &()).await?;

    let Count { events: seen, sum } = run.result().await?;
    println!("{seen} events, the sum is {sum}");
    assert_eq!((seen, sum), (events, events * (events + 1) / 2));
    let status = run.status().await?;
    println!("the last status: {}", status.custom_status.map(|s| s.to_string()).unwrap_or_default());
    println!(
        "it took {} executions; the last one's history has {} events",
        status.execution.0 + 1,
        run.history().await?.events().count()
    );
    worker.shutdown().await?;
    Ok(())
}
