//! A monitor: an eternal orchestration that looks at a job again and again, until it is done.
//!
//! `cargo run --example monitor [--poll-ms N]`
//!
//! Each look is an execution of its own, with a history of its own: however long the job takes,
//! the history stays short. Stop the program at any time; it goes on when it is run again.

use std::time::Duration;

use durable::ClientError;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

const INSTANCE: &str = "monitor-of-job-7";

#[derive(Debug, Serialize, Deserialize)]
enum Job {
    Running { percent: u32 },
    Done { output: String },
}

/// Asks the job's system how far it is. This one gets on by a quarter with every look.
#[activity]
async fn look_at_job(job: u32, polls: u32) -> Result<Job> {
    Ok(match polls * 25 {
        percent @ ..100 => Job::Running { percent },
        _ => Job::Done { output: format!("the output of job {job}") },
    })
}

/// `polls` and whatever else should survive goes from execution to execution as an argument.
#[orchestrator]
async fn monitor(ctx: &OrchestrationContext, job: u32, pause: Duration, polls: u32) -> Result<String> {
    match ctx.call(look_at_job(job, polls)).await? {
        Job::Done { output } => Ok(format!("after {polls} pauses: {output}")),
        Job::Running { percent } => {
            // Clients see this; `tracing::info!` would do as well, and is silent at replay.
            ctx.set_custom_status(&format!("{percent} %"))?;
            ctx.timer(pause).await;
            ctx.continue_as_new(monitor(job, pause, polls + 1)).await
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut pause = Duration::from_secs(1);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--poll-ms" {
            pause = Duration::from_millis(arguments.next().unwrap_or_default().parse()?);
        }
    }

    let worker = Worker::builder(SqliteStore::open("monitor.db").await?).register_all().start().await?;
    let client = worker.client();
    match client.start(monitor(7, pause, 0).instance_id(INSTANCE)).await {
        Ok(_) => println!("the monitor starts"),
        Err(ClientError::AlreadyExists { .. }) => println!("the monitor goes on"),
        Err(e) => return Err(e.into()),
    }
    // The result of the last execution: continue-as-new is no end for who waits.
    println!("{}", client.instance(INSTANCE).result::<monitor>().await?);

    let status = client.instance(INSTANCE).status().await?;
    let percent = status.custom_status.map(|s| s.to_string()).unwrap_or_default();
    println!("execution {}, last seen at {percent}; the history is that of the last look:", status.execution);
    print!("{}", client.instance(INSTANCE).history().await?);
    worker.shutdown().await?;
    Ok(())
}
