//! Crash and resume: the first run aborts itself half-way, the second goes on where it was.
//!
//! `cargo run --example crash_and_resume [DIRECTORY] [--no-crash] [--steps N] [--step-ms N]`
//!
//! Run it twice. Or run it with `--no-crash`, kill it whenever you like, and run it again.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use durable::ClientError;
use durable::prelude::*;

const INSTANCE: &str = "crash-and-resume";

/// What the steps share: where they leave their traces, how long they take, which one aborts.
struct Settings {
    effects: PathBuf,
    step_time: Duration,
    abort_in: Option<u32>,
}

/// One step. Its effect on the world is a line in a file: one for each run.
#[activity(needs(Settings))]
async fn step(ctx: &ActivityContext, number: u32) -> Result<u32> {
    let settings = ctx.data::<Settings>();
    if settings.abort_in == Some(number) {
        println!("step {number} begins, and the process aborts: nothing is flushed, closed or handed over");
        println!("run the same command again");
        std::process::abort();
    }
    let line = format!("step {number}, process {}, attempt {}\n", std::process::id(), ctx.attempt());
    OpenOptions::new().create(true).append(true).open(&settings.effects)?.write_all(line.as_bytes())?;
    tokio::time::sleep(settings.step_time).await;
    Ok(number)
}

#[orchestrator]
async fn steps(ctx: &OrchestrationContext, count: u32) -> Result<u32> {
    let mut sum = 0;
    for number in 1..=count {
        sum += ctx.call(step(number)).await?;
    }
    Ok(sum)
}

#[tokio::main]
async fn main() -> Result<()> {
    let (mut directory, mut crash, mut count, mut step_ms) = (PathBuf::from("crash_and_resume.data"), true, 6, 200);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().unwrap_or_default().parse::<u32>();
        match argument.as_str() {
            "--no-crash" => crash = false,
            "--steps" => count = number()?,
            "--step-ms" => step_ms = number()?,
            path => directory = path.into(),
        }
    }
    fs::create_dir_all(&directory)?;
    let effects = directory.join("effects.txt");
    let store = SqliteStore::open(directory.join("hub.db")).await?;

    // A client needs no worker to look into the file.
    let found = Client::new(store.clone()).instance(INSTANCE).status().await;
    let is_new = matches!(found, Err(ClientError::NotFound(_)));
    let abort_in = (is_new && crash).then_some(count / 2 + 1);
    let settings = Settings { effects: effects.clone(), step_time: Duration::from_millis(step_ms.into()), abort_in };

    // A worker that starts takes over at once what a dead one left behind: here, itself.
    let worker = Worker::builder(store).data(settings).register_all().start().await?;
    let client = worker.client();
    if is_new {
        println!("starting {count} steps");
        client.start(steps(count).instance_id(INSTANCE)).await?;
    } else {
        println!("going on where the last run stopped");
    }
    let sum = client.instance(INSTANCE).result::<steps>().await?;

    println!("done, the sum is {sum}; this is what the steps left in {}:", effects.display());
    print!("{}", fs::read_to_string(&effects)?);
    println!("A step that was recorded before the crash did not run again. (Start over: delete the directory.)");
    worker.shutdown().await?;
    Ok(())
}
