//! Transactional activities through a real worker: rows and completion, both or neither.

use std::time::Duration;

use durable::prelude::*;
use durable::sqlx::{self, Connection, SqliteConnection};
use durable::{CallError, RunError, TransactionError};

use crate::common::check;

/// Writes a row; takes its time before the transaction, and inside of it.
#[activity(needs(SqliteStore))]
async fn write(ctx: &ActivityContext, before_ms: u64, inside_ms: u64, fails: u32) -> Result<u32, String> {
    tokio::time::sleep(Duration::from_millis(before_ms)).await;
    let attempt = ctx.attempt();
    let written = ctx.data::<SqliteStore>().transaction(ctx, |tx| {
        Box::pin(async move {
            sqlx::query("INSERT INTO rows_of_mine (attempt) VALUES (?)").bind(attempt).execute(&mut *tx).await.unwrap();
            tokio::time::sleep(Duration::from_millis(inside_ms)).await;
            if attempt <= fails { Err(format!("attempt {attempt} fails")) } else { Ok(attempt) }
        })
    });
    match written.await {
        Err(TransactionError::Failed(e)) => Err(e),
        other => other.map_err(|e| e.to_string()),
    }
}

#[orchestrator]
async fn writes(ctx: &OrchestrationContext, before_ms: u64, inside_ms: u64, fails: u32) -> Result<u32, String> {
    let retry = durable::RetryPolicy::fixed(3, Duration::from_millis(1));
    let call = write(before_ms, inside_ms, fails).timeout(Duration::from_millis(150));
    let call = if fails > 0 { call.retry(retry) } else { call };
    match ctx.call(call).await {
        Ok(attempt) => Ok(attempt),
        Err(CallError::Failed(e)) => Err(e),
        Err(other) => Err(other.to_string()),
    }
}

/// What comes of it, and which attempts have left a row.
async fn check_writes(before_ms: u64, inside_ms: u64, fails: u32, result: Result<u32, &str>, rows: &[u32]) {
    let hub = tempfile::tempdir().unwrap();
    let file = hub.path().join("hub.db");
    let store = SqliteStore::open(&file).await.unwrap();
    let mut connection = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    let table = "CREATE TABLE rows_of_mine (attempt INTEGER NOT NULL) STRICT";
    sqlx::query(table).execute(&mut connection).await.unwrap();
    let worker = Worker::builder(store.clone()).data(store.clone());
    let worker = worker.register(write::definition()).register(writes::definition()).start().await.unwrap();
    let run = worker.client().start(writes(before_ms, inside_ms, fails)).await.unwrap();
    match (run.result().await, result) {
        (Ok(attempt), Ok(expected)) => assert_eq!(attempt, expected),
        (Err(RunError::Ended(CallError::Failed(e))), Err(expected)) => assert!(e.contains(expected), "{e}"),
        (got, expected) => panic!("{got:?} instead of {expected:?}"),
    }
    worker.shutdown().await.unwrap();
    let found: Vec<u32> =
        sqlx::query_scalar("SELECT attempt FROM rows_of_mine").fetch_all(&mut connection).await.unwrap();
    assert_eq!(found, rows);
    check::check(&store).await;
    durable_testkit::checker::check(&store, None).await.unwrap().assert_clean();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_there_if_and_only_if_the_call_has_a_value() {
    check_writes(0, 0, 0, Ok(1), &[1]).await;
    // What its closure refuses leaves nothing, and is tried again as usual.
    check_writes(0, 0, 1, Ok(2), &[2]).await;
    check_writes(0, 0, 9, Err("attempt 3 fails"), &[]).await;
    // A time limit that is reached while the store is at it waits for what comes of it.
    check_writes(0, 400, 0, Ok(1), &[1]).await;
    // One that was reached before lets nothing be written.
    check_writes(400, 0, 0, Err("timed out"), &[]).await;
}

#[tokio::test]
async fn outside_of_a_worker_there_is_no_call_to_complete() {
    let hub = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(hub.path().join("hub.db")).await.unwrap();
    let mut data = durable::Data::default();
    data.insert(store);
    let said = write::run(&ActivityContext::for_test(data), 0, 0, 0).await.unwrap_err();
    assert!(said.contains("not an activity that a worker runs"), "{said}");
}
