//! Fan-out and fan-in: the files of a directory are listed by one activity and copied by many,
//! a bounded number at a time. The files are real, in a temporary directory.
//!
//! `cargo run --example fan_out`

use std::path::Path;

use durable::prelude::*;
use serde::{Deserialize, Serialize};

const FILES: usize = 60;
const AT_ONCE: usize = 8;

#[derive(Debug, Serialize, Deserialize)]
struct Backup {
    files: usize,
    bytes: u64,
}

/// The names of the files, sorted, so that the list is the same whatever order the system has.
#[activity]
async fn list_files(directory: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut entries = tokio::fs::read_dir(directory).await?;
    while let Some(entry) = entries.next_entry().await? {
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Copies one file, and says how large it is. An activity may run twice (once more after a
/// crash), so it copies under another name and renames: nobody ever sees half a file.
#[activity(retry(max_attempts = 3, first = "100ms", backoff = 2.0))]
async fn copy_file(name: &str, source: &Path, target: &Path) -> Result<u64> {
    let half = target.join(format!("{name}.half"));
    let bytes = tokio::fs::copy(source.join(name), &half).await?;
    tokio::fs::rename(&half, target.join(name)).await?;
    Ok(bytes)
}

#[orchestrator]
async fn back_up(ctx: &OrchestrationContext, source: &Path, target: &Path) -> Result<Backup> {
    let names = ctx.call(list_files(source)).await?;
    // The iterator is lazy: a call is scheduled when one of those before it has ended.
    let copies = names.iter().map(|name| ctx.call(copy_file(name, source, target)));
    let sizes = durable::try_join_all(copies).limit(AT_ONCE).await?;
    Ok(Backup { files: sizes.len(), bytes: sizes.iter().sum() })
}

#[tokio::main]
async fn main() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (source, target) = (directory.path().join("source"), directory.path().join("copy"));
    std::fs::create_dir(&source)?;
    std::fs::create_dir(&target)?;
    for n in 0..FILES {
        std::fs::write(source.join(format!("{n:03}.txt")), format!("line {n}\n").repeat(n * 10))?;
    }

    let store = SqliteStore::open(directory.path().join("fan_out.db")).await?;
    let worker = Worker::builder(store).register_all().start().await?;
    let run = worker.client().start(back_up(&source, &target)).await?;
    let backup = run.result().await?;
    println!("copied {} files, {} bytes, at most {AT_ONCE} at a time", backup.files, backup.bytes);

    for n in 0..FILES {
        let name = format!("{n:03}.txt");
        let same = std::fs::read(source.join(&name))? == std::fs::read(target.join(&name))?;
        assert!(same, "{name} and its copy differ");
    }
    println!("every copy is the same as its original");
    worker.shutdown().await?;
    Ok(())
}
