//! What questions cost in a hub of a million finished instances: `cargo bench --bench queries`.
//!
//! `--instances N` for another number, `--plans` to print SQLite's plan of each page. The hub is made
//! in a temporary directory (`DURABLE_BENCH_DIR` chooses the disk).

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use durable_core::history::{Event, PackedTurn, Turn};
use durable_core::store::{
    Commit, CommitOutcome, InstanceFilter, InstanceQuery, InstanceUpdate, NewInstance, Ownership, Status, Store,
    Subject, TimeRange, TurnWrite,
};
use durable_core::{EventSeq, ExecutionId, InstanceId, Payload, Tags, Timestamp};
use durable_sqlite::{Durability, SqliteOptions, SqliteStore};

const PAGE: usize = 100;
const FAR_PAGE: usize = 1_000;
const RUNS: usize = 15;
const NAMES: u64 = 5;

/// One second from one instance to the next.
fn at(n: u64) -> Timestamp {
    Timestamp::from_unix_micros(1_700_000_000_000_000 + n as i64 * 1_000_000)
}

fn instance(n: u64, turn: &PackedTurn) -> Result<Commit> {
    let mut tags = Tags::default();
    tags.insert("region", (n % 8).to_string())?;
    if n.is_multiple_of(10) {
        tags.insert("customer", (n / 10 % 10_000).to_string())?;
    }
    let new = NewInstance { tags, ..NewInstance::new(InstanceId::new(format!("order-{n:07}"))?, name(n), "") };
    let status = match n % 1_000 {
        0..20 => Status::Failed,
        20..25 => Status::Terminated,
        25 => Status::Parked,
        _ => Status::Completed,
    };
    let update = InstanceUpdate {
        status,
        ownership: Ownership::Release { wake_at: None },
        parked_reason: None,
        crashes: 0,
        custom_status: None,
        mark: None,
    };
    let turn = TurnWrite { execution: ExecutionId(0), packed: turn.clone() };
    Ok(Commit { turn: Some(turn), update: Some(update), ..Commit::new(Subject::New(new), at(n)) })
}

fn name(n: u64) -> String {
    format!("name-{}", n % NAMES)
}

async fn fill(store: &SqliteStore, instances: u64) -> Result<()> {
    const BATCH: u64 = 4_000;
    let output = Payload::encode(&"done")?;
    let turn =
        Turn { seq: EventSeq(0), at: at(0), messages: vec![], decisions: vec![Event::ExecutionCompleted { output }] };
    let turn = PackedTurn::pack(&turn)?;
    for first in (0..instances).step_by(BATCH as usize) {
        let batch = (first..instances.min(first + BATCH)).map(|n| instance(n, &turn)).collect::<Result<_>>()?;
        let outcomes = store.commit(batch).await?;
        ensure!(outcomes.iter().all(|o| matches!(o, CommitOutcome::Applied { .. })));
    }
    Ok(())
}

fn shapes(instances: u64) -> Vec<(&'static str, InstanceFilter)> {
    let all = InstanceFilter::default;
    let half = TimeRange { from: Some(at(instances / 4)), to: Some(at(instances / 4 * 3)) };
    let tag = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    vec![
        ("everything", all()),
        ("status Completed", InstanceFilter { statuses: Status::Completed.into(), ..all() }),
        ("status Parked (1 in 1,000)", InstanceFilter { statuses: Status::Parked.into(), ..all() }),
        ("name", InstanceFilter { name: Some(name(1)), ..all() }),
        ("name, status Failed", InstanceFilter { name: Some(name(1)), statuses: Status::Failed.into(), ..all() }),
        ("tag of 1 in 8", InstanceFilter { tags: tag("region", "3"), ..all() }),
        ("tag of 10 in all", InstanceFilter { tags: tag("customer", "77"), ..all() }),
        ("created in a range", InstanceFilter { created: half, ..all() }),
        ("updated in a range", InstanceFilter { updated: half, ..all() }),
        ("id prefix", InstanceFilter { id_prefix: Some("order-0".into()), ..all() }),
    ]
}

async fn timed<T>(mut run: impl AsyncFnMut() -> Result<T>) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        run().await?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times[RUNS / 2])
}

/// The page behind so many instances, if there is one.
async fn page_behind(store: &SqliteStore, first: &InstanceQuery, skip: usize) -> Result<Option<InstanceQuery>> {
    const STEP: usize = 1_000;
    let mut query = first.clone();
    let mut left = skip;
    while left > 0 {
        query.limit = left.min(STEP);
        left -= query.limit;
        let Some(next) = store.query(query.clone()).await?.next else { return Ok(None) };
        query.after = Some(next);
    }
    Ok(Some(InstanceQuery { limit: PAGE, ..query }))
}

fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut instances = 1_000_000;
    let mut plans = false;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--bench" => {}
            "--plans" => plans = true,
            "--instances" => instances = args.next().context("--instances needs a number")?.parse()?,
            other => anyhow::bail!("{other:?} is not an option; there are --instances N and --plans"),
        }
    }
    let dir = match std::env::var_os("DURABLE_BENCH_DIR") {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let path = dir.path().join("hub.db");
    let begun = Instant::now();
    let store = SqliteOptions::new(&path).durability(Durability::LoseRecentOnPowerLoss).open().await?;
    fill(&store, instances).await?;
    store.close().await?;
    let bytes = std::fs::metadata(&path)?.len();
    println!("{instances} instances in {:.1} s, {} MB\n", begun.elapsed().as_secs_f64(), bytes / 1_000_000);

    let begun = Instant::now();
    let store = SqliteStore::open(&path).await?;
    println!("| what | ms |\n|---|---|\n| open | {} |", ms(begun.elapsed()));
    let statistics = timed(async || Ok(store.statistics(at(instances)).await?)).await?;
    println!("| statistics | {} |\n", ms(statistics));

    println!("| filter | page 1, ms | newest first | page 1,000 | count | counted |\n|---|---|---|---|---|---|");
    let shapes = shapes(instances);
    for (what, filter) in &shapes {
        let first = InstanceQuery { filter: filter.clone(), descending: false, after: None, limit: PAGE };
        let last = InstanceQuery { descending: true, ..first.clone() };
        let page = timed(async || Ok(store.query(first.clone()).await?)).await?;
        let newest = timed(async || Ok(store.query(last.clone()).await?)).await?;
        let far = match page_behind(&store, &first, PAGE * (FAR_PAGE - 1)).await? {
            Some(query) => ms(timed(async || Ok(store.query(query.clone()).await?)).await?),
            None => "-".into(),
        };
        let count = timed(async || Ok(store.count(filter.clone()).await?)).await?;
        let counted: u64 = store.count(filter.clone()).await?.iter().map(|(_, n)| n).sum();
        println!("| {what} | {} | {} | {far} | {} | {counted} |", ms(page), ms(newest), ms(count));
    }
    if plans {
        for (what, filter) in shapes {
            let first = InstanceQuery { filter, descending: false, after: None, limit: PAGE };
            println!("\n{what}:");
            for step in store.explain(&first).await? {
                println!("    {step}");
            }
        }
    }
    store.close().await?;
    Ok(())
}
