//! A bounded fan-out: 10,000 items, one activity each, never more than 100 at a time, the results
//! taken as they come.
//!
//! `cargo run --release --example bounded_fan_out [ITEMS] [FILE]`

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use durable::prelude::*;

const AT_ONCE: usize = 100;

/// How many activities run, and how many did at most.
#[derive(Default)]
struct Gauge {
    now: AtomicUsize,
    most: AtomicUsize,
}

#[activity(needs(Arc<Gauge>))]
async fn square(ctx: &ActivityContext, item: u64) -> Result<u64> {
    let gauge = ctx.data::<Arc<Gauge>>();
    gauge.most.fetch_max(gauge.now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
    tokio::task::yield_now().await;
    gauge.now.fetch_sub(1, Ordering::Relaxed);
    Ok(item * item)
}

#[orchestrator]
async fn sum_of_squares(ctx: &OrchestrationContext, items: u64) -> Result<u64> {
    // The iterator is lazy: the next call is scheduled when one of those in flight has ended.
    let mut results = durable::as_completed((0..items).map(|item| ctx.call(square(item)))).limit(AT_ONCE);
    let mut sum = 0;
    while let Some((_, result)) = results.next().await {
        sum += result?;
    }
    Ok(sum)
}

#[tokio::main]
async fn main() -> Result<()> {
    let items: u64 = std::env::args().nth(1).map_or(Ok(10_000), |n| n.parse())?;
    let file = std::env::args().nth(2).unwrap_or_else(|| "bounded_fan_out.db".into());
    let gauge = Arc::new(Gauge::default());
    let store = SqliteStore::open(&file).await?;
    let worker = Worker::builder(store).data(gauge.clone()).register_all().start().await?;

    let began = Instant::now();
    let run = worker.client().start(sum_of_squares(items)).await?;
    let sum = run.result().await?;
    let took = began.elapsed();
    assert_eq!(sum, (0..items).map(|n| n * n).sum::<u64>());
    let most = gauge.most.load(Ordering::Relaxed);
    assert!(most <= AT_ONCE, "{most} at a time");
    println!("{items} items, the sum of their squares is {sum}; never more than {AT_ONCE} at a time");
    println!("{:.2} s, {} turns", took.as_secs_f64(), run.history().await?.turns.len());
    worker.shutdown().await?;
    Ok(())
}
