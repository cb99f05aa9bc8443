//! kill -9 with 10,000 running instances: how long until all of them run again.
//!
//! `cargo bench --bench recovery`. The bench starts itself as a worker process, in which every
//! instance has made two steps and stands in its third; kills it; opens the file; and stops the
//! time from the start of the new worker until every instance's third step has begun again.
//! One JSON line per run, and the median. synchronous=FULL.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use durable::prelude::*;
use durable::store::Store;
use tokio::sync::Notify;

const INSTANCES: usize = 10_000;
const RUNS: usize = 5;
const WORK_IN: &str = "DURABLE_BENCH_RECOVERY_IN";

/// Counts the third steps that have begun.
#[derive(Clone, Default)]
struct Begun(Arc<(AtomicUsize, Notify)>);

#[activity]
async fn step(n: u32) -> Result<u32> {
    Ok(n)
}

#[activity(needs(Begun))]
async fn hold(ctx: &ActivityContext) -> Result<()> {
    let (count, all) = &*ctx.data::<Begun>().0;
    if count.fetch_add(1, Ordering::SeqCst) + 1 == INSTANCES {
        all.notify_one();
    }
    ctx.cancelled().await;
    Ok(())
}

#[orchestrator]
async fn three_steps(ctx: &OrchestrationContext) -> Result<u32> {
    let sum = ctx.call(step(1)).await? + ctx.call(step(2)).await?;
    ctx.call(hold()).await?;
    Ok(sum)
}

async fn worker(store: SqliteStore, begun: &Begun) -> Worker {
    let builder = Worker::builder(store).register_all().data(begun.clone());
    builder.max_activities(2 * INSTANCES).double_run(false).start().await.unwrap()
}

/// What the process that is killed does.
async fn work(directory: &Path) {
    let store = SqliteStore::open(directory.join("hub.db")).await.unwrap();
    let begun = Begun::default();
    let worker = worker(store, &begun).await;
    let client = worker.client();
    let starts = (0..INSTANCES).map(|n| {
        let client = client.clone();
        tokio::spawn(async move { client.start(three_steps().instance_id(format!("run-{n}"))).await.map(drop) })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.unwrap().unwrap();
    }
    begun.0.1.notified().await;
    std::fs::write(directory.join("all-run"), "").unwrap();
    std::future::pending::<()>().await;
}

async fn run(number: usize) -> Duration {
    let directory = tempfile::tempdir().unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .env(WORK_IN, directory.path())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let mut child = Killed(child);
    while !directory.path().join("all-run").exists() {
        assert!(child.0.try_wait().unwrap().is_none(), "the worker ended by itself");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(child);
    let begun = Begun::default();
    let from = Instant::now();
    let store = SqliteStore::open(directory.path().join("hub.db")).await.unwrap();
    let opened = from.elapsed();
    let worker = worker(store.clone(), &begun).await;
    begun.0.1.notified().await;
    let all = from.elapsed();
    println!(
        "{{\"run\":{number},\"instances\":{INSTANCES},\"open_ms\":{},\"all_run_again_ms\":{}}}",
        opened.as_millis(),
        all.as_millis()
    );
    worker.shutdown_within(Duration::ZERO).await.unwrap();
    store.close().await.unwrap();
    all
}

/// Killed with signal 9 when it is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // An error means that it is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    if let Some(directory) = std::env::var_os(WORK_IN).map(PathBuf::from) {
        return work(&directory).await;
    }
    let mut times = Vec::new();
    for number in 1..=RUNS {
        times.push(run(number).await);
    }
    times.sort();
    println!("recovery of {INSTANCES} running instances after kill -9: median {:?} (goal: 2 s)", times[RUNS / 2]);
}
