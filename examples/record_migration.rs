//! A migration in three stages that pass a typed status along: old records are exported,
//! converted, imported. It can be stopped at any time and goes on when it is run again.
//!
//! `cargo run --example record_migration [BATCH] [--dir DIRECTORY] [--stage-ms N]`
//!
//! The batch is the instance's id: the same batch goes on (or shows its result, if it is done),
//! another one starts anew. Ctrl-C stops the program; so does `kill -9`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use durable::ClientError;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

/// Where the migration stands: what one stage hands to the next.
#[derive(Debug, Serialize, Deserialize)]
enum Migration {
    Exported { file: PathBuf, records: usize },
    Converted { file: PathBuf, records: usize, rejected: usize },
    Imported { records: usize, rejected: usize },
}
use Migration::{Converted, Exported, Imported};

#[derive(Serialize, Deserialize)]
struct Person {
    name: String,
    born: u16,
}

/// How long each stage takes at least.
struct StageTime(Duration);

async fn begin(ctx: &ActivityContext, stage: &str) {
    println!("  {stage} runs, attempt {}", ctx.attempt());
    tokio::time::sleep(ctx.data::<StageTime>().0).await;
}

/// The old records, as the old system writes them. Every stage writes a whole file, so that a
/// second run of it, after a crash, does no harm.
#[activity(needs(StageTime))]
async fn export(ctx: &ActivityContext, directory: &Path) -> Result<Migration> {
    begin(ctx, "export").await;
    let rows: Vec<String> = (0..100)
        .map(|n| format!("person {n};{}", if n % 10 == 0 { "?".into() } else { format!("{}", 1900 + n) }))
        .collect();
    let file = directory.join("old.csv");
    tokio::fs::write(&file, rows.join("\n")).await?;
    Ok(Exported { file, records: rows.len() })
}

#[activity(needs(StageTime))]
async fn convert(ctx: &ActivityContext, status: Migration, directory: &Path) -> Result<Migration> {
    let Exported { file, records } = status else { return Err(durable::Error::msg("nothing is exported")) };
    begin(ctx, "convert").await;
    let old = tokio::fs::read_to_string(file).await?;
    let person =
        |row: &str| Some(Person { name: row.split(';').next()?.into(), born: row.split(';').nth(1)?.parse().ok()? });
    let people: Vec<Person> = old.lines().filter_map(person).collect();
    let file = directory.join("new.json");
    tokio::fs::write(&file, serde_json::to_vec(&people)?).await?;
    Ok(Converted { file, records: people.len(), rejected: records - people.len() })
}

#[activity(needs(StageTime))]
async fn import(ctx: &ActivityContext, status: Migration, directory: &Path) -> Result<Migration> {
    let Converted { file, records, rejected } = status else { return Err(durable::Error::msg("nothing is converted")) };
    begin(ctx, "import").await;
    let people: Vec<Person> = serde_json::from_slice(&tokio::fs::read(file).await?)?;
    let eldest = people.iter().min_by_key(|p| p.born).map(|p| p.name.as_str()).unwrap_or_default();
    tokio::fs::write(directory.join("imported.txt"), format!("{records} people, the eldest is {eldest}\n")).await?;
    Ok(Imported { records, rejected })
}

#[orchestrator]
async fn migrate(ctx: &OrchestrationContext, directory: &Path) -> Result<Migration> {
    let exported = ctx.call(export(directory)).await?;
    let converted = ctx.call(convert(exported, directory)).await?;
    Ok(ctx.call(import(converted, directory)).await?)
}

#[tokio::main]
async fn main() -> Result<()> {
    let (mut batch, mut directory, mut stage_ms) = ("batch-1".to_owned(), PathBuf::from("record_migration.data"), 300);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--dir" => directory = arguments.next().unwrap_or_default().into(),
            "--stage-ms" => stage_ms = arguments.next().unwrap_or_default().parse()?,
            _ => batch = argument,
        }
    }
    let files = directory.join(&batch);
    std::fs::create_dir_all(&files)?;
    let store = SqliteStore::open(directory.join("hub.db")).await?;
    let worker = Worker::builder(store).data(StageTime(Duration::from_millis(stage_ms))).register_all().start().await?;
    let migration = worker.client().instance(&batch);
    match migration.status().await {
        Err(ClientError::NotFound(_)) => {
            println!("{batch} starts");
            worker.client().start(migrate(&files).instance_id(&batch)).await?;
        }
        Ok(found) if found.status.is_finished() => println!("{batch} is done already; nothing runs"),
        found => println!("{batch} goes on; it was {} so far", found?.status),
    }
    tokio::select! {
        status = migration.result::<migrate>() => println!("{batch}: {:?}", status?),
        _ = tokio::signal::ctrl_c() => println!("{batch} is stopped; run the same command again"),
    }
    worker.shutdown().await?;
    Ok(())
}
