//! Two worker processes on one file, one of which is killed again and again, and a client in a
//! third process.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use durable::prelude::*;
use durable::store::Store;
use durable::{ClientError, Registry, Run, StoreErrorKind, WorkerBuilder};
use tokio::process::{Child, Command};

use crate::common::random::Random;
use crate::common::{check, eventually};

const KILLS: u32 = 20;
const INSTANCES_MIN: usize = 40;
const STEPS: u64 = 5;
const SEED: u64 = 0x2_0DD5;
/// Tells this test's own binary to be a worker.
const WORK_IN: &str = "DURABLE_TEST_WORK_IN";
/// How long the lease of that worker runs, if not as usual.
const LEASE_MS: &str = "DURABLE_TEST_LEASE_MS";

struct Effects(PathBuf);

/// Leaves a line for each run: instance, step, process.
#[activity(needs(Effects))]
async fn effect(ctx: &ActivityContext, step: u64) -> Result<u64> {
    use std::io::Write;
    let line = format!("{} {} {}\n", ctx.instance_id(), ctx.info().task, std::process::id());
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&ctx.data::<Effects>().0)?;
    file.write_all(line.as_bytes())?;
    // What an activity does takes time; a kill may well come in it.
    tokio::time::sleep(Duration::from_millis(2)).await;
    Ok(step)
}

/// Steps one after the other, then as many at once, with a timer in between.
#[orchestrator]
pub(crate) async fn chain_and_fan(ctx: &OrchestrationContext, steps: u64) -> Result<u64> {
    let mut sum = 0;
    for step in 0..steps {
        sum += ctx.call(effect(step)).await?;
    }
    ctx.timer(Duration::from_millis(ctx.random::<u8>().into())).await;
    let all = durable::try_join_all((0..steps).map(|step| ctx.call(effect(step)))).limit(3).await?;
    Ok(sum + all.iter().sum::<u64>())
}

struct GoFile(PathBuf);

/// Leaves its line, and ends when there is a certain file.
#[activity(needs(Effects, GoFile))]
async fn pause(ctx: &ActivityContext) -> Result<u32> {
    effect::run(ctx, 0).await?;
    while !ctx.data::<GoFile>().0.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(std::process::id())
}

#[orchestrator]
async fn pause_then_effect(ctx: &OrchestrationContext) -> Result<u32> {
    let process = ctx.call(pause()).await?;
    ctx.call(effect(1)).await?;
    Ok(process)
}

pub(crate) fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.add(effect::definition()).unwrap();
    registry.add(chain_and_fan::definition()).unwrap();
    registry.add(pause::definition()).unwrap();
    registry.add(pause_then_effect::definition()).unwrap();
    registry
}

/// Not a test: what the worker processes run. Works until it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the worker process of the test below"]
async fn worker_process() {
    let Some(directory) = std::env::var_os(WORK_IN).map(PathBuf::from) else { return };
    let store = SqliteStore::open(directory.join("hub.db")).await.unwrap();
    let worker = worker_in(&directory, store);
    let worker = match std::env::var(LEASE_MS) {
        Ok(ms) => worker.lease_duration(Duration::from_millis(ms.parse().unwrap())),
        Err(_) => worker,
    };
    let worker = worker.start().await.unwrap();
    tokio::signal::ctrl_c().await.unwrap();
    worker.shutdown().await.unwrap();
}

fn worker_in(directory: &Path, store: SqliteStore) -> WorkerBuilder {
    Worker::builder(store)
        .registry(registry())
        .data(Effects(directory.join("effects.txt")))
        .data(GoFile(directory.join("go")))
}

pub(crate) async fn signal(child: &Child, signal: &str) {
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
}

pub(crate) fn start_worker(directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "two_workers::worker_process", "--ignored", "--nocapture"])
        .env(WORK_IN, directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    command
}

/// The lines of the effects that are complete: (instance, step, process).
pub(crate) fn effects(directory: &Path) -> Vec<(String, u64, u32)> {
    let text = std::fs::read_to_string(directory.join("effects.txt")).unwrap_or_default();
    let fields = |line: &str| {
        let mut fields = line.split(' ');
        Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    text.lines().map(|line| fields(line).unwrap()).collect()
}

/// What is recorded as completed, everywhere.
pub(crate) async fn recorded(store: &dyn Store) -> BTreeSet<(String, u64)> {
    let mut all = BTreeSet::new();
    for record in check::instances(store).await {
        let turns = check::turns(store, &record).await;
        all.extend(check::completed(&turns).into_iter().map(|task| (record.id.to_string(), task.0)));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_of_one_of_two_workers_lose_nothing_and_repeat_nothing_that_was_recorded() {
    let mut random = Random(SEED);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = SqliteStore::open(path.join("hub.db")).await.unwrap();
    let client = Client::new(store.clone());
    let mut runs: Vec<Run<chain_and_fan>> = Vec::new();

    let mut steady = start_worker(path).spawn().unwrap();
    let mut killed_processes = Vec::new();
    // (what was recorded, how many effects there were a moment later): none of the later effects
    // may be of what was recorded.
    let mut moments: Vec<(BTreeSet<(String, u64)>, usize)> = Vec::new();
    for _ in 0..KILLS {
        let mut victim = start_worker(path).spawn().unwrap();
        let process = victim.id().unwrap();
        // More and more work, until the victim has got some of it.
        while !effects(path).iter().any(|(.., p)| *p == process) {
            assert!(victim.try_wait().unwrap().is_none(), "the worker ended by itself");
            runs.push(client.start(chain_and_fan(STEPS).instance_id(format!("run-{}", runs.len()))).await.unwrap());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_micros(random.below(30_000))).await;
        victim.start_kill().unwrap();
        victim.wait().await.unwrap();
        killed_processes.push(process);
        let recorded = recorded(&store).await;
        moments.push((recorded, effects(path).len()));
    }
    while runs.len() < INSTANCES_MIN {
        runs.push(client.start(chain_and_fan(STEPS).instance_id(format!("run-{}", runs.len()))).await.unwrap());
    }
    for run in &runs {
        let result = tokio::time::timeout(Duration::from_secs(120), run.result()).await;
        let status = run.status().await.unwrap();
        let sum = result.unwrap_or_else(|_| panic!("{} does not end: {status:?}", run.id())).unwrap();
        assert_eq!(sum, STEPS * (STEPS - 1), "{}", run.id());
    }

    let effects = effects(path);
    for (recorded, later) in &moments {
        for (instance, task, process) in &effects[*later..] {
            assert!(
                !recorded.contains(&(instance.clone(), *task)),
                "{instance} #{task} was recorded and ran again in {process}"
            );
        }
    }
    let mut by_process: BTreeMap<u32, usize> = BTreeMap::new();
    effects.iter().for_each(|(.., process)| *by_process.entry(*process).or_default() += 1);
    assert!(
        killed_processes.iter().all(|p| by_process.contains_key(p)),
        "each of those that were killed did some work"
    );
    assert!(by_process.contains_key(&steady.id().unwrap()), "the other did some work");

    signal(&steady, "-INT").await;
    assert!(steady.wait().await.unwrap().success());
    check::check_all_completed(&store).await;
    durable_testkit::checker::check(&store, Some(&registry())).await.unwrap().assert_clean();
    // The last worker found its dead neighbours and left in good order: nothing remains of them.
    eventually(async || store.workers().await.unwrap().is_empty().then_some(())).await;
    let left =
        std::fs::read_dir(path).unwrap().filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().contains("lock"));
    assert_eq!(left.count(), 0, "no lock file is left behind");
    let again = effects.len() - runs.len() * 2 * usize::try_from(STEPS).unwrap();
    println!("{KILLS} kills, {} orchestrations, {} effects, {again} of them again", runs.len(), effects.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_was_stopped_is_replaced_and_writes_nothing_when_it_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = SqliteStore::open(path.join("hub.db")).await.unwrap();
    let client = Client::new(store.clone());
    let mut stopped = start_worker(path).env(LEASE_MS, "900").spawn().unwrap();
    let process = stopped.id().unwrap();
    let run = client.start(pause_then_effect().instance_id("paused")).await.unwrap();
    eventually(async || effects(path).iter().any(|(.., p)| *p == process).then_some(())).await;
    // Not in the middle of a transaction of its own: there it would hold up everybody.
    loop {
        signal(&stopped, "-STOP").await;
        match client.start(chain_and_fan(1)).await {
            Ok(_) => break,
            Err(ClientError::Store(e)) if e.kind() == StoreErrorKind::Retry => signal(&stopped, "-CONT").await,
            Err(e) => panic!("{e}"),
        }
    }

    // Its lock is held, but its lease runs out.
    let replacement = worker_in(path, SqliteStore::open(path.join("hub.db")).await.unwrap()).start().await.unwrap();
    std::fs::write(path.join("go"), "").unwrap();
    let result = tokio::time::timeout(Duration::from_secs(60), run.result()).await.expect("nobody takes over").unwrap();
    assert_eq!(result, std::process::id());
    let history = run.history().await.unwrap();

    signal(&stopped, "-CONT").await;
    // It enters anew and works again.
    let back = async {
        while effects(path).iter().filter(|(.., p)| *p == process).count() < 2 {
            client.start(chain_and_fan(1)).await.unwrap().result().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), back).await.expect("it does not come back");
    assert_eq!(run.history().await.unwrap(), history, "what it had in hand changes nothing");
    signal(&stopped, "-INT").await;
    assert!(stopped.wait().await.unwrap().success());
    replacement.shutdown().await.unwrap();
    check::check_all_completed(&store).await;
    durable_testkit::checker::check(&store, Some(&registry())).await.unwrap().assert_clean();
}
