//! A transactional activity: rows of the application and the completion of the step in one
//! transaction. The program is killed in the middle, again and again; every booking is made once.
//!
//! `cargo run --example transactional_activity [FILE]`

use std::process::{Command, Stdio};

use durable::Store;
use durable::prelude::*;
use durable::sqlx::{self, Connection, SqliteConnection};

const BOOKINGS: i64 = 20;

/// Books an amount. The application's table lives in the hub's file.
#[activity(needs(SqliteStore))]
async fn book(ctx: &ActivityContext, amount: i64) -> Result<i64> {
    let store = ctx.data::<SqliteStore>();
    let sum = store.transaction(ctx, |tx| {
        Box::pin(async move {
            sqlx::query("INSERT INTO bookings (amount) VALUES (?)").bind(amount).execute(&mut *tx).await?;
            sqlx::query_scalar("SELECT sum(amount) FROM bookings").fetch_one(&mut *tx).await
        })
    });
    let sum: i64 = sum.await?;
    // Committed, and killed before anybody was told: half of the runs end here.
    if amount % 2 == 0 && std::env::var_os("DIE").is_some() {
        std::process::abort();
    }
    Ok(sum)
}

#[orchestrator]
async fn book_all(ctx: &OrchestrationContext, amounts: Vec<i64>) -> Result<i64> {
    let mut sum = 0;
    for amount in amounts {
        sum = ctx.call(book(amount)).await?;
    }
    Ok(sum)
}

/// One life of the program: ends with the orchestration, or is killed.
async fn live(file: &str) -> Result<i64> {
    let store = SqliteStore::open(file).await?;
    let worker = Worker::builder(store.clone()).register_all().data(store).start().await?;
    let run = worker.client().start_or_get(book_all((1..=BOOKINGS).collect()).instance_id("bookings")).await?;
    let sum = run.result().await?;
    worker.shutdown().await?;
    Ok(sum)
}

#[tokio::main]
async fn main() -> Result<()> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "transactional_activity.db".into());
    if std::env::var_os("DIE").is_some() {
        live(&file).await?;
        return Ok(());
    }
    // The hub's tables are named durable_…; all other names in the file are free.
    SqliteStore::open(&file).await?.close().await?;
    let mut connection = SqliteConnection::connect(&file).await?;
    let table = "CREATE TABLE IF NOT EXISTS bookings (amount INTEGER NOT NULL) STRICT";
    sqlx::query(table).execute(&mut connection).await?;
    connection.close().await?;

    let mut deaths = 0;
    let program = std::env::current_exe()?;
    let life = || Command::new(&program).arg(&file).env("DIE", "").stderr(Stdio::null()).status();
    while !life()?.success() {
        deaths += 1;
    }
    println!("the program died {deaths} times");

    let mut connection = SqliteConnection::connect(&file).await?;
    let (rows, sum): (i64, i64) =
        sqlx::query_as("SELECT count(*), sum(amount) FROM bookings").fetch_one(&mut connection).await?;
    println!("{rows} bookings, sum {sum}; as it should be: {BOOKINGS} and {}", BOOKINGS * (BOOKINGS + 1) / 2);
    Ok(())
}
