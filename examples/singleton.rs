//! A singleton: of many that start the same orchestration under the same id, one does, and the
//! others learn who was first. When it has ended, the id may be used again.
//!
//! `cargo run --example singleton [FILE]`

use durable::ClientError;
use durable::prelude::*;

const INSTANCE: &str = "nightly-report";

#[activity]
async fn write_report(author: &str) -> Result<String> {
    Ok(format!("a report by {author}"))
}

#[orchestrator]
async fn report(ctx: &OrchestrationContext, author: &str) -> Result<String> {
    // Not before everybody has tried to start it.
    ctx.event::<()>("go").await;
    Ok(ctx.call(write_report(author)).await?)
}

#[tokio::main]
async fn main() -> Result<()> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "singleton.db".into());
    let store = SqliteStore::open(&file).await?;
    let worker = Worker::builder(store.clone()).register_all().start().await?;

    for round in 1..=2 {
        // Some beside the worker, some as clients of the file, as other processes would be. Which
        // one is first is the store's decision, made in one transaction.
        let mut starts = tokio::task::JoinSet::new();
        for n in 0..10 {
            let client = if n % 2 == 0 { worker.client() } else { Client::new(store.clone()) };
            starts.spawn(async move { client.start(report(&format!("author {n}")).instance_id(INSTANCE)).await });
        }
        let (mut started, mut refused) = (0, 0);
        for outcome in starts.join_all().await {
            match outcome {
                Ok(_) => started += 1,
                Err(ClientError::AlreadyExists { .. }) => refused += 1,
                Err(e) => return Err(e.into()),
            }
        }
        println!("round {round}: {started} started it, {refused} found it running");

        let the_one = worker.client().instance(INSTANCE);
        the_one.raise("go", &()).await?;
        // Everybody can wait for it, whoever started it.
        let text = the_one.result::<report>().await?;
        assert!(text.starts_with("a report by author"));
        println!("round {round}: one report was written");
    }
    worker.shutdown().await?;
    Ok(())
}
