//! How fast the engine is, as a ratio to the floor: `cargo bench --bench engine`.
//!
//! `docs/bench.md` says how to run and how to read it.

mod floor;
mod process;
mod report;
mod system;
mod waiting;
mod workloads;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use floor::Floor;
use report::{Idle, Pair, Run};
use system::{Durable, Setup, System};
use workloads::Workload;

// The names of the two in the report.
const DURABLE: &str = "durable";
const FLOOR: &str = "floor";

/// How long the idle worker is looked at.
const IDLE_WINDOW: Duration = Duration::from_secs(3);

struct Options {
    pairs: usize,
    quick: bool,
    only: Option<Vec<String>>,
    /// For profilers: only `durable`, or only the floor, and no table.
    system: Option<String>,
    setup: Setup,
    /// What the child process for the idle worker gets.
    idle_child: Option<String>,
    /// What the child process for the waiting instances gets.
    waiting_child: Option<String>,
}

impl Options {
    const HELP: &str = "cargo bench --bench engine -- [--pairs N] [--only chain,latency,long,fan-out,children,idle,waiting] [--quick] \
        [--system durable|floor] [--page-bytes N]\n  DURABLE_BENCH_DIR: where the files go (default: the system's directory for temporary files)";

    fn parse() -> Result<Self> {
        let setup = Setup { page_bytes: None, polls: true };
        let mut options =
            Self { pairs: 0, quick: false, only: None, system: None, setup, idle_child: None, waiting_child: None };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value\n{}", Self::HELP));
            match arg.as_str() {
                // Cargo says this to every benchmark.
                "--bench" => {}
                "--pairs" => options.pairs = value()?.parse()?,
                "--only" => options.only = Some(value()?.split(',').map(str::to_owned).collect()),
                "--quick" => options.quick = true,
                "--system" => options.system = Some(value()?),
                "--page-bytes" => options.setup.page_bytes = Some(value()?.parse()?),
                "--idle-child" => options.idle_child = Some(value()?),
                "--waiting-child" => options.waiting_child = Some(value()?),
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
    if let Some(dir) = &options.waiting_child {
        return waiting::child(dir.as_ref(), options.setup, options.quick).await;
    }
    let dir = match std::env::var_os("DURABLE_BENCH_DIR") {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let mut pairs = Vec::new();
    for workload in Workload::all(options.quick).into_iter().filter(|w| options.wants(w.group())) {
        for pair in 0..options.pairs {
            let durable = || run_durable(dir.path(), options.setup, workload, pair);
            let floor = || run_floor(dir.path(), workload, pair);
            // Each goes first every other time.
            let (durable, floor) = match options.system.as_deref() {
                None if pair % 2 == 0 => (durable().await?, floor().await?),
                None => {
                    let floor = floor().await?;
                    (durable().await?, floor)
                }
                Some(DURABLE) => {
                    durable().await?;
                    continue;
                }
                Some(FLOOR) => {
                    floor().await?;
                    continue;
                }
                Some(other) => bail!("--system {other}?\n{}", Options::HELP),
            };
            pairs.push(Pair { workload, durable, floor });
        }
    }
    if options.system.is_some() {
        return Ok(());
    }
    let idle = if options.wants("idle") { Some(run_idle(dir.path())?) } else { None };
    let waiting = if options.wants("waiting") { Some(run_waiting(dir.path(), options.quick)?) } else { None };
    report::print_table(&pairs, idle, waiting);
    Ok(())
}

async fn run_durable(dir: &Path, setup: Setup, workload: Workload, pair: usize) -> Result<Run> {
    let dir = tempfile::tempdir_in(dir)?;
    let durable = Durable::open(&dir.path().join("hub.db"), setup).await?;
    let before = durable.store.stats();
    let mut run = measure(DURABLE, &durable.starter(), workload, pair).await?;
    run.commits = Some(durable.store.stats().write_transactions - before.write_transactions);
    durable.close().await?;
    run.print();
    Ok(run)
}

async fn run_floor(dir: &Path, workload: Workload, pair: usize) -> Result<Run> {
    let dir = tempfile::tempdir_in(dir)?;
    let floor = Floor::open(&dir.path().join("floor.db")).await?;
    let run = measure(FLOOR, &floor.engine(), workload, pair).await?;
    floor.close().await?;
    run.print();
    Ok(run)
}

async fn measure(name: &'static str, system: &impl System, workload: Workload, pair: usize) -> Result<Run> {
    // Prepares statements, starts threads.
    system.clone().chain(3).await?;
    let before = process::cpu_time()?;
    let measured = workload.run(system).await?;
    let cpu = process::cpu_time()? - before;
    Ok(Run::new(name, workload, pair, measured, cpu))
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

fn run_waiting(dir: &Path, quick: bool) -> Result<report::Waiting> {
    let mut child = std::process::Command::new(std::env::current_exe()?);
    child.arg("--waiting-child").arg(dir);
    if quick {
        child.arg("--quick");
    }
    let child = child.output()?;
    anyhow::ensure!(child.status.success(), "the waiting worker failed: {}", String::from_utf8_lossy(&child.stderr));
    let line = String::from_utf8(child.stdout)?;
    println!("{}", line.trim());
    Ok(serde_json::from_str(line.trim())?)
}
