//! Many instances that wait for an event: what they cost while they wait, and how fast they come and
//! go. In a process of its own, so that nothing else is counted.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::process;
use crate::report::Waiting;
use crate::system::{Durable, GONE, Order, Setup, wait_for_go};

/// Callers of the client at a time.
const CALLERS: u32 = 2_000;

/// How long the waiting instances are watched.
const WATCHED: Duration = Duration::from_secs(3);

pub(crate) async fn child(dir: &Path, setup: Setup, quick: bool) -> Result<()> {
    let instances = if quick { 10_000 } else { 100_000 };
    let durable = Durable::open(&dir.join("waiting.db"), setup).await?;
    let client = durable.starter().0;

    let start = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let client = client.clone();
            tokio::spawn(async move {
                for n in (caller..instances).step_by(CALLERS as usize) {
                    client.start(wait_for_go().instance_id(format!("waiting-{n}"))).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for caller in callers {
        caller.await??;
    }
    let started = start.elapsed();

    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let (watch, cpu) = (Instant::now(), process::cpu_time()?);
    tokio::time::sleep(WATCHED).await;
    let cpu_percent = (process::cpu_time()? - cpu).as_secs_f64() / watch.elapsed().as_secs_f64() * 100.0;
    let rss_mb = process::rss_mb()?;

    let start = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let client = client.clone();
            tokio::spawn(async move {
                for n in (caller..instances).step_by(CALLERS as usize) {
                    client.instance(format!("waiting-{n}")).raise("go", &Order::new(n)).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for caller in callers {
        caller.await??;
    }
    // The count is taken in the turn; the end is durable when the worker has drained.
    while GONE.load(Ordering::Relaxed) < instances {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    durable.close().await?;
    let ended = start.elapsed();

    let waiting = Waiting {
        instances,
        started_per_s: f64::from(instances) / started.as_secs_f64(),
        rss_mb,
        cpu_percent,
        ended_per_s: f64::from(instances) / ended.as_secs_f64(),
    };
    println!("{}", serde_json::to_string(&waiting)?);
    Ok(())
}
