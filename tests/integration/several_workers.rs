//! Several equal worker processes on one file: each takes its share, and any of them may die.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use durable::prelude::*;
use durable::store::Store;
use tokio::process::Child;

use crate::common::random::Random;
use crate::common::{check, eventually};
use crate::two_workers::{chain_and_fan, effects, recorded, registry, signal, start_worker};

const STEPS: u64 = 3;
const SEED: u64 = 0x0005_EED5;

async fn leave(mut worker: Child) {
    signal(&worker, "-INT").await;
    assert!(worker.wait().await.unwrap().success());
}

/// Each new instance's first step, by the process that ran it.
fn shares(effects: &[(String, u64, u32)]) -> BTreeMap<u32, usize> {
    let mut seen = BTreeSet::new();
    let mut shares = BTreeMap::new();
    for (instance, _, process) in effects {
        if seen.insert(instance) {
            *shares.entry(*process).or_default() += 1;
        }
    }
    shares
}

/// Starts so many instances from outside, some at a time, for these workers to take.
async fn check_shares(workers: usize, instances: usize, together: usize, least: f64) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = SqliteStore::open(path.join("hub.db")).await.unwrap();
    let client = Client::new(store.clone());
    let running: Vec<Child> = (0..workers).map(|_| start_worker(path).spawn().unwrap()).collect();
    // All of them are there before there is anything to share.
    eventually(async || (store.workers().await.unwrap().len() == workers).then_some(())).await;
    let mut runs = Vec::new();
    while runs.len() < instances {
        for _ in 0..together {
            runs.push(client.start(chain_and_fan(STEPS).instance_id(format!("run-{}", runs.len()))).await.unwrap());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for run in &runs {
        tokio::time::timeout(Duration::from_secs(120), run.result()).await.expect("it does not end").unwrap();
    }
    let shares = shares(&effects(path));
    println!("{workers} workers, {together} at a time: {shares:?}");
    for worker in &running {
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let share = shares.get(&worker.id().unwrap()).copied().unwrap_or(0) as f64 / runs.len() as f64;
        assert!(share >= least, "a share of {share:.2}, of {workers}: {shares:?}");
    }
    for worker in running {
        leave(worker).await;
    }
    check::check_all_completed(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_equal_workers_take_their_shares() {
    check_shares(2, 600, 1, 0.3).await;
    check_shares(2, 600, 20, 0.3).await;
    check_shares(2, 600, 600, 0.3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_equal_workers_take_their_shares() {
    check_shares(4, 800, 10, 0.1).await;
    check_shares(4, 1_200, 1_200, 0.05).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_of_four_workers_may_be_killed_at_any_time() {
    let mut random = Random(SEED);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = SqliteStore::open(path.join("hub.db")).await.unwrap();
    let client = Client::new(store.clone());
    let mut workers: Vec<Child> = (0..4).map(|_| start_worker(path).spawn().unwrap()).collect();
    let mut runs = Vec::new();
    let mut moments: Vec<(BTreeSet<(String, u64)>, usize)> = Vec::new();
    const KILLS: usize = 25;
    for _ in 0..KILLS {
        for _ in 0..8 {
            runs.push(client.start(chain_and_fan(STEPS).instance_id(format!("run-{}", runs.len()))).await.unwrap());
        }
        tokio::time::sleep(Duration::from_micros(random.below(60_000))).await;
        let chosen = usize::try_from(random.below(4)).unwrap();
        let mut victim = std::mem::replace(&mut workers[chosen], start_worker(path).spawn().unwrap());
        victim.start_kill().unwrap();
        victim.wait().await.unwrap();
        // Others go on: what is recorded by now may not run from the moment on that is noted later.
        let recorded = recorded(&store).await;
        moments.push((recorded, effects(path).len()));
    }
    for run in &runs {
        let result = tokio::time::timeout(Duration::from_secs(120), run.result()).await;
        let status = run.status().await.unwrap();
        assert_eq!(
            result.unwrap_or_else(|_| panic!("{} does not end: {status:?}", run.id())).unwrap(),
            STEPS * (STEPS - 1)
        );
    }
    let effects = effects(path);
    for (recorded, later) in &moments {
        for (instance, task, process) in &effects[*later..] {
            let again = recorded.contains(&(instance.clone(), *task));
            assert!(!again, "{instance} #{task} was recorded and ran again in {process}");
        }
    }
    for worker in workers {
        leave(worker).await;
    }
    check::check_all_completed(&store).await;
    durable_testkit::checker::check(&store, Some(&registry())).await.unwrap().assert_clean();
    let again = effects.len() - runs.len() * 2 * usize::try_from(STEPS).unwrap();
    println!("{KILLS} kills, {} orchestrations, {} effects, {again} of them again", runs.len(), effects.len());
}
