//! What a step costs, counted: numbers that do not depend on the machine.

use durable::prelude::*;

#[activity]
async fn step(n: u64) -> Result<u64> {
    Ok(n + 1)
}

#[orchestrator]
async fn steps(ctx: &OrchestrationContext, count: u64) -> Result<u64> {
    let mut n = 0;
    while n < count {
        n = ctx.call(step(n)).await?;
    }
    Ok(n)
}

/// Commits, calls into SQLite, statements, and rows of one run of so many steps.
async fn cost(count: u64) -> [u64; 4] {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path().join("hub.db")).await.unwrap();
    // Nothing else may call the store meanwhile.
    let worker = Worker::builder(store.clone()).poll_interval(std::time::Duration::from_secs(3600));
    let worker = worker.register(steps::definition()).register(step::definition()).start().await.unwrap();
    // The first start reserves keys, and the worker looks for work when it starts.
    worker.client().start(steps(1)).await.unwrap().result().await.unwrap();
    let before = store.stats();
    let run = worker.client().start(steps(count)).await.unwrap();
    assert_eq!(run.result().await.unwrap(), count);
    let after = store.stats();
    worker.shutdown().await.unwrap();
    [
        after.write_transactions - before.write_transactions,
        after.calls - before.calls,
        after.statements - before.statements,
        after.rows - before.rows,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequential_step_costs_one_commit_one_statement_and_one_row() {
    // The first commit creates the instance and takes its first turn; the last one ends it.
    let [commits, calls, statements, rows] = cost(10).await;
    assert_eq!((commits, calls), (11, 11));
    let [more_commits, more_calls, more_statements, more_rows] = cost(110).await;
    assert_eq!(more_commits - commits, 100, "one fsync a step");
    assert_eq!(more_calls - calls, 100, "one call a step");
    assert_eq!(more_statements - statements, 100, "one statement a step");
    assert_eq!(more_rows - rows, 100, "one row a step");
}
