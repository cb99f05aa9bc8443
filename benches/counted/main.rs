//! What the engine does, counted: numbers that do not depend on the machine.
//! `cargo bench --bench counted`; `docs/bench.md` says how to read it.

#[allow(dead_code, reason = "the other benchmark uses all of it")]
#[path = "../engine/system.rs"]
mod system;
mod wal;

use std::path::Path;

use anyhow::{Context as _, Result};
use durable::prelude::*;
use durable_sqlite::Stats;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use system::{Durable, Setup, Starter, System as _};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

const SETUP: Setup = Setup { page_bytes: None, polls: false };

#[tokio::main]
async fn main() -> Result<()> {
    let dir = match std::env::var_os("DURABLE_BENCH_DIR") {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    println!("Per activity of one instance that runs them one after the other, start and end included:");
    for steps in [1, 10, 100, 1_000] {
        steps_of_one(dir.path(), steps).await?;
    }
    println!("\nPer batch of a store, by the number of instances that run 5 activities each side by side:");
    for instances in [1, 10, 100, 1_000] {
        side_by_side(dir.path(), instances).await?;
    }
    println!("\nPer activity of one instance that runs them all at once:");
    for activities in [10, 100, 1_000, 10_000] {
        all_at_once(dir.path(), activities).await?;
    }
    println!();
    bytes_of_hello_cities(dir.path()).await
}

/// What the store did between two looks.
struct Did {
    batches: u64,
    calls: u64,
    statements: u64,
    transactions: u64,
    rows: u64,
    bytes: u64,
}

impl Did {
    fn between(before: Stats, after: Stats) -> Self {
        Self {
            batches: after.batches - before.batches,
            calls: after.calls - before.calls,
            statements: after.statements - before.statements,
            transactions: after.write_transactions - before.write_transactions,
            rows: after.rows - before.rows,
            bytes: after.bytes - before.bytes,
        }
    }
}

async fn steps_of_one(dir: &Path, steps: u32) -> Result<()> {
    let file = dir.join(format!("one-{steps}.db"));
    let durable = Durable::open(&file, SETUP).await?;
    // Prepares statements, reserves a block of instance keys.
    durable.starter().chain(3).await?;
    let (before, wal) = (durable.store.stats(), wal::count(&file)?);
    let region = Region::new(ALLOCATOR);
    durable.starter().chain(steps).await?;
    let heap = region.change();
    let (did, wal) = (Did::between(before, durable.store.stats()), wal::count(&file)?.since(&wal));
    let per = |n: u64| n as f64 / f64::from(steps);
    println!(
        "  {steps:5} steps: {} transactions, {} commits in the WAL ({:.3} fsyncs per step), {:.2} pages written, \
         {:.2} calls, {:.2} statements, {:.2} rows, {:.0} bytes of events, {:.0} allocations ({:.0} bytes)",
        did.transactions,
        wal.commits,
        per(wal.commits),
        per(wal.frames),
        per(did.calls),
        per(did.statements),
        per(did.rows),
        per(did.bytes),
        per((heap.allocations + heap.reallocations) as u64),
        per(heap.bytes_allocated as u64),
    );
    durable.close().await
}

async fn side_by_side(dir: &Path, instances: u32) -> Result<()> {
    const STEPS: u32 = 5;
    let file = dir.join(format!("many-{instances}.db"));
    let durable = Durable::open(&file, SETUP).await?;
    durable.starter().chain(3).await?;
    let (before, wal) = (durable.store.stats(), wal::count(&file)?);
    let region = Region::new(ALLOCATOR);
    let all: Vec<_> = (0..instances).map(|_| tokio::spawn(durable.starter().chain(STEPS))).collect();
    for instance in all {
        instance.await??;
    }
    let heap = region.change();
    let (did, wal) = (Did::between(before, durable.store.stats()), wal::count(&file)?.since(&wal));
    let per_batch = |n: u64| n as f64 / did.batches as f64;
    let turns = f64::from(instances * (STEPS + 1));
    println!(
        "  {instances:5} instances: {:.1} turns per batch; {:.2} statements, {:.2} calls, {:.2} commits in the WAL per batch; \
         {:.2} rows, {:.2} pages written, {:.1} allocations per turn",
        turns / did.batches as f64,
        per_batch(did.statements),
        per_batch(did.calls),
        per_batch(wal.commits),
        did.rows as f64 / turns,
        wal.frames as f64 / turns,
        (heap.allocations + heap.reallocations) as f64 / turns,
    );
    durable.close().await
}

async fn all_at_once(dir: &Path, activities: u32) -> Result<()> {
    let file = dir.join(format!("wide-{activities}.db"));
    let durable = Durable::open(&file, SETUP).await?;
    durable.starter().chain(3).await?;
    let before = durable.store.stats();
    let region = Region::new(ALLOCATOR);
    durable.starter().fan_out(activities).await?;
    let heap = region.change();
    let did = Did::between(before, durable.store.stats());
    println!(
        "  {activities:5} activities: {} transactions, {} rows; {:.0} bytes of events, {:.1} allocations per activity",
        did.transactions,
        did.rows,
        did.bytes as f64 / f64::from(activities),
        (heap.allocations + heap.reallocations) as f64 / f64::from(activities),
    );
    durable.close().await
}

#[activity]
async fn say_hello(city: &str) -> durable::Result<String> {
    Ok(format!("Hello {city}!"))
}

#[orchestrator]
async fn hello_cities(ctx: &OrchestrationContext, cities: Vec<String>) -> durable::Result<Vec<String>> {
    let mut greetings = Vec::new();
    for city in &cities {
        greetings.push(ctx.call(say_hello(city)).await?);
    }
    Ok(greetings)
}

async fn hello_cities_5(starter: Starter) -> Result<()> {
    let cities = ["Tokyo", "Seattle", "London", "Amsterdam", "Seoul"].map(String::from);
    let run = starter.0.start(hello_cities(cities.to_vec())).await?;
    anyhow::ensure!(run.result().await?.len() == cities.len());
    Ok(())
}

/// Size of the file after the log was copied into it, against an empty hub.
async fn bytes_of_hello_cities(dir: &Path) -> Result<()> {
    const INSTANCES: u32 = 2_000;
    let size = |file: &Path| std::fs::metadata(file).map(|m| m.len());
    let empty = dir.join("empty.db");
    Durable::open(&empty, SETUP).await?.close().await?;

    let file = dir.join("cities.db");
    let durable = Durable::open(&file, SETUP).await?;
    let before = durable.store.stats();
    let all: Vec<_> = (0..INSTANCES).map(|_| tokio::spawn(hello_cities_5(durable.starter()))).collect();
    for instance in all {
        instance.await??;
    }
    let did = Did::between(before, durable.store.stats());
    durable.close().await?;
    let bytes = size(&file)?.checked_sub(size(&empty)?).context("a full hub is smaller than an empty one")?;
    println!(
        "HelloCities5, of {INSTANCES}: {:.0} bytes on disk and {:.2} rows written per instance, {:.0} bytes of them events",
        bytes as f64 / f64::from(INSTANCES),
        did.rows as f64 / f64::from(INSTANCES),
        did.bytes as f64 / f64::from(INSTANCES),
    );
    Ok(())
}
