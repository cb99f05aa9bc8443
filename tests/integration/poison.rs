//! What kills its worker again and again is found and set aside; what only ran beside it is not.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use durable::prelude::*;
use durable::store::{Status, Store};
use durable::{CallError, Registry};
use tokio::process::{Child, Command};

use crate::common::{check, eventually};

/// Tells this test's own binary to be a worker.
const WORK_IN: &str = "DURABLE_TEST_POISON_IN";
/// More than it takes to find one poison among many.
const DEATHS_MAX: u32 = 40;

struct Antidote(PathBuf);

/// Kills its process, as a stack overflow or the out-of-memory killer would, until there is an
/// antidote.
#[activity(needs(Antidote))]
async fn deadly(ctx: &ActivityContext) -> Result<String> {
    if !ctx.data::<Antidote>().0.exists() {
        std::process::abort();
    }
    Ok("harmless now".into())
}

/// Takes its time: it is there whenever the worker dies.
#[activity]
async fn innocent(ms: u64) -> Result<u64> {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    Ok(ms)
}

/// What it does about the call that kills is told in its result.
#[orchestrator]
async fn poisoned(ctx: &OrchestrationContext) -> Result<String> {
    let beside = ctx.call(innocent(5));
    let told = match ctx.call(deadly()).await {
        Ok(said) => said,
        Err(CallError::Poisoned(why)) => format!("without it: {why}"),
        Err(other) => return Err(other.into()),
    };
    beside.await?;
    Ok(told)
}

#[orchestrator]
async fn patient(ctx: &OrchestrationContext, ms: u64) -> Result<u64> {
    Ok(ctx.call(innocent(ms)).await? + ctx.call(innocent(1)).await?)
}

struct Sober(std::sync::OnceLock<PathBuf>);
static SOBER: Sober = Sober(std::sync::OnceLock::new());

/// Kills its process itself, before it decides anything.
#[orchestrator]
async fn deadly_turn(ctx: &OrchestrationContext) -> Result<u64> {
    let lives = durable::trust!("the test decides by a file", SOBER.0.get().is_none_or(|file| file.exists()));
    if !lives {
        durable::trust!("what is tested", std::process::abort());
    }
    Ok(ctx.call(innocent(1)).await?)
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    for definition in [
        deadly::definition(),
        innocent::definition(),
        poisoned::definition(),
        patient::definition(),
        deadly_turn::definition(),
    ] {
        registry.add(definition).unwrap();
    }
    registry
}

/// Not a test: what the worker processes run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the worker process of the tests below"]
async fn worker_process() {
    let Some(directory) = std::env::var_os(WORK_IN).map(PathBuf::from) else { return };
    let antidote = directory.join("antidote");
    SOBER.0.set(antidote.clone()).unwrap();
    let store = SqliteStore::open(directory.join("hub.db")).await.unwrap();
    let worker = Worker::builder(store).registry(registry()).data(Antidote(antidote)).start().await.unwrap();
    tokio::signal::ctrl_c().await.unwrap();
    worker.shutdown().await.unwrap();
}

fn start_worker(directory: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "poison::worker_process", "--ignored", "--nocapture"])
        .env(WORK_IN, directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command.spawn().unwrap()
}

/// Starts a worker again whenever it has died, until this instance is so. How often it died.
async fn keep_working(directory: &Path, store: &SqliteStore, id: &str, until: Status) -> (Child, u32) {
    let mut deaths = 0;
    loop {
        let mut worker = start_worker(directory);
        let reached = eventually(async || {
            let record = store.instance(durable::InstanceId::new(id).unwrap()).await.unwrap().unwrap();
            let died = worker.try_wait().unwrap().is_some();
            (record.status == until || died).then_some(record.status == until)
        });
        if tokio::time::timeout(Duration::from_secs(60), reached).await.expect("nothing happens") {
            return (worker, deaths);
        }
        deaths += 1;
        assert!(deaths < DEATHS_MAX, "it is not found");
    }
}

async fn leave(mut worker: Child) {
    let id = worker.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
    assert!(worker.wait().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_activity_that_kills_is_parked_and_what_ran_beside_it_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = SqliteStore::open(path.join("hub.db")).await.unwrap();
    let client = Client::new(store.clone());
    let bad = client.start(poisoned().instance_id("bad")).await.unwrap();
    let mut innocents = Vec::new();
    for n in 0..40 {
        innocents.push(client.start(patient(n * 7)).await.unwrap());
    }
    let (worker, deaths) = keep_working(path, &store, "bad", Status::Parked).await;
    let status = bad.status().await.unwrap();
    let reason = status.parked_reason.unwrap();
    assert!(reason.contains("poison") && reason.contains("`deadly`") && reason.contains("discard"), "{reason}");
    for run in &innocents {
        tokio::time::timeout(Duration::from_secs(60), run.result()).await.expect("it does not end").unwrap();
    }
    // A worker that starts does not try it again by itself.
    leave(worker).await;
    let worker = start_worker(path);
    client.start(patient(1)).await.unwrap().result().await.unwrap();
    assert_eq!(bad.status().await.unwrap().status, Status::Parked);
    // Given up, the orchestrator goes on without it.
    client.instance("bad").discard("not worth it").await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(60), bad.result()).await.expect("it does not end").unwrap();
    assert!(told.starts_with("without it") && told.contains("not worth it"), "{told}");
    leave(worker).await;
    check::check_all_completed(&store).await;
    durable_testkit::checker::check(&store, Some(&registry())).await.unwrap().assert_clean();
    println!("{deaths} deaths");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_instance_goes_on_when_it_is_tried_again_and_does_no_more_harm() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = SqliteStore::open(path.join("hub.db")).await.unwrap();
    let client = Client::new(store.clone());
    let bad = client.start(poisoned().instance_id("bad")).await.unwrap();
    let worse = client.start(deadly_turn().instance_id("worse")).await.unwrap();
    let (worker, _) = keep_working(path, &store, "bad", Status::Parked).await;
    drop(worker);
    let (worker, _) = keep_working(path, &store, "worse", Status::Parked).await;
    let reason = worse.status().await.unwrap().parked_reason.unwrap();
    assert!(reason.contains("orchestrator killed its worker"), "{reason}");
    // Only activities can be given up.
    client.instance("worse").discard("?").await.unwrap_err();
    std::fs::write(path.join("antidote"), "").unwrap();
    client.instance("bad").retry().await.unwrap();
    client.instance("worse").retry().await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(60), bad.result()).await.expect("it does not end").unwrap();
    assert_eq!(told, "harmless now");
    assert_eq!(worse.result().await.unwrap(), 1);
    leave(worker).await;
    check::check_all_completed(&store).await;
    durable_testkit::checker::check(&store, Some(&registry())).await.unwrap().assert_clean();
}
