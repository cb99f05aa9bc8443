//! How fast the engine is, as a ratio to the floor: `cargo bench --bench engine`.
//!
//! `docs/bench.md` says how to run and how to read it.

mod floor;
mod process;
mod report;
mod workloads;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use floor::Floor;
use report::{Idle, Pair, Run};
use workloads::{Durable, Setup, System, Workload};

/// How long the idle worker is looked at.
const IDLE_WINDOW: Duration = Duration::from_secs(3);

struct Options {
    pairs: usize,
    quick: bool,
    only: Option<Vec<String>>,
    /// For profilers: without the floor.
    without_floor: bool,
    setup: Setup,
    /// What the child process for the idle worker gets.
    idle_child: Option<String>,
}

impl Options {
    const HELP: &str = "cargo bench --bench engine -- [--pairs N] [--only chain,latency,long,fan-out,idle] [--quick] \
        [--without-floor] [--page-bytes N]\n  DURABLE_BENCH_DIR: where the files go (default: the system's directory for temporary files)";

    fn parse() -> Result<Self> {
        let setup = Setup { page_bytes: None, polls: true };
        let mut options = Self { pairs: 0, quick: false, only: None, without_floor: false, setup, idle_child: None };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value\n{}", Self::HELP));
            match arg.as_str() {
                // Cargo says this to every benchmark.
                "--bench" => {}
                "--pairs" => options.pairs = value()?.parse()?,
                "--only" => options.only = Some(value()?.split(',').map(str::to_owned).collect()),
                "--quick" => options.quick = true,
                "--without-floor" => options.without_floor = true,
                "--page-bytes" => options.setup.page_bytes = Some(value()?.parse()?),
                "--idle-child" => options.idle_child = Some(value()?),
                _ => bail!("{arg}?\n{}", Self::HELP),
            }
        }
        if options.pairs == 0 {
            options.pairs = if options.quick { 3 } else { 5 };
        }
        Ok(options)
    }

    fn wants(&self, group: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|name| name == group))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse()?;
    if let Some(dir) = &options.idle_child {
        return idle_child(dir.as_ref(), options.setup).await;
    }
    let dir = match std::env::var_os("DURABLE_BENCH_DIR") {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let mut pairs = Vec::new();
    for workload in Workload::all(options.quick).into_iter().filter(|w| options.wants(w.group())) {
        for pair in 0..options.pairs {
            if options.without_floor {
                run_durable(dir.path(), options.setup, workload, pair).await?;
                continue;
            }
            // Each goes first every other time.
            let (durable, floor) = if pair % 2 == 0 {
                let floor = run_floor(dir.path(), workload, pair).await?;
                (run_durable(dir.path(), options.setup, workload, pair).await?, floor)
            } else {
                let durable = run_durable(dir.path(), options.setup, workload, pair).await?;
                (durable, run_floor(dir.path(), workload, pair).await?)
            };
            pairs.push(Pair { workload, durable, floor });
        }
    }
    let idle = if options.wants("idle") { Some(run_idle(dir.path())?) } else { None };
    report::print_table(&pairs, idle);
    Ok(())
}

async fn run_durable(dir: &Path, setup: Setup, workload: Workload, pair: usize) -> Result<Run> {
    let dir = tempfile::tempdir_in(dir)?;
    let durable = Durable::open(&dir.path().join("hub.db"), setup).await?;
    let before = durable.store.stats();
    let mut run = measure(&durable.starter(), workload, pair).await?;
    run.commits = Some(durable.store.stats().write_transactions - before.write_transactions);
    durable.close().await?;
    run.print();
    Ok(run)
}

async fn run_floor(dir: &Path, workload: Workload, pair: usize) -> Result<Run> {
    let dir = tempfile::tempdir_in(dir)?;
    let floor = Floor::open(&dir.path().join("floor.db")).await?;
    let run = measure(&floor.engine(), workload, pair).await?;
    floor.close().await?;
    run.print();
    Ok(run)
}

async fn measure<S: System>(system: &S, workload: Workload, pair: usize) -> Result<Run> {
    // Prepares statements, starts threads.
    system.clone().chain(3).await?;
    let before = process::cpu_time()?;
    let measured = workload.run(system).await?;
    let cpu = process::cpu_time()? - before;
    Ok(Run::new(S::NAME, workload, pair, measured, cpu))
}

/// In a process of its own, so that nothing else is counted.
fn run_idle(dir: &Path) -> Result<Idle> {
    let child = std::process::Command::new(std::env::current_exe()?).arg("--idle-child").arg(dir).output()?;
    anyhow::ensure!(child.status.success(), "the idle worker failed: {}", String::from_utf8_lossy(&child.stderr));
    let line = String::from_utf8(child.stdout)?;
    println!("{}", line.trim());
    Ok(serde_json::from_str(line.trim())?)
}

async fn idle_child(dir: &Path, setup: Setup) -> Result<()> {
    let durable = Durable::open(&dir.join("idle.db"), setup).await?;
    durable.starter().chain(3).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (start, cpu, switches) = (Instant::now(), process::cpu_time()?, process::voluntary_switches()?);
    tokio::time::sleep(IDLE_WINDOW).await;
    let seconds = start.elapsed().as_secs_f64();
    let idle = Idle {
        cpu_percent: (process::cpu_time()? - cpu).as_secs_f64() / seconds * 100.0,
        wakeups_per_s: (process::voluntary_switches()? - switches) as f64 / seconds,
        rss_mb: process::rss_mb()?,
    };
    println!("{}", serde_json::to_string(&idle)?);
    durable.close().await
}
