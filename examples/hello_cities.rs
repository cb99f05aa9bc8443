//! Function chaining: three greetings, one after the other, each recorded before the next.
//!
//! `cargo run --example hello_cities [FILE]`

use durable::prelude::*;

#[activity]
async fn say_hello(city: &str) -> Result<String> {
    Ok(format!("Hello {city}!"))
}

#[orchestrator]
async fn hello_cities(ctx: &OrchestrationContext, cities: Vec<String>) -> Result<Vec<String>> {
    let mut greetings = Vec::new();
    for city in &cities {
        greetings.push(ctx.call(say_hello(city)).await?);
    }
    Ok(greetings)
}

#[tokio::main]
async fn main() -> Result<()> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "hello_cities.db".into());
    let store = SqliteStore::open(&file).await?;
    let worker = Worker::builder(store).register_all().start().await?;

    let run = worker.client().start(hello_cities(vec!["Tokyo".into(), "Seattle".into(), "London".into()])).await?;
    for greeting in run.result().await? {
        println!("{greeting}");
    }

    println!("\nThe history of instance {}:\n{}", run.id(), run.history().await?);
    println!("All of it is in {file}: look with `sqlite3 {file} 'SELECT * FROM history_events'`.");
    worker.shutdown().await?;
    Ok(())
}
