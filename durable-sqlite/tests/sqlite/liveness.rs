//! Lock files: a dead worker is known at once.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use durable_core::store::{Claim, CommitOutcome, Lease, Offer, Store, StoreErrorKind};
use durable_core::{LeaseEpoch, WorkerId};
use durable_sqlite::SqliteStore;

use crate::{apply, at, new, open, owned, place, turn, wait, worker};

fn lock_file(path: &Path, lease: Lease) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!("-worker-{}.lock", lease.worker));
    name.into()
}

fn claim(store: &SqliteStore, lease: Lease) -> Vec<String> {
    let offers = vec![Offer { name: "f".into(), version: String::new() }];
    let claimed = wait(store.claim(Claim { lease, offers, now: at(1), limit: 10 })).unwrap();
    claimed.iter().map(|c| format!("{} {}", c.record.id, c.record.crashes)).collect()
}

#[test]
fn a_worker_whose_store_is_gone_is_dead_at_once() {
    let (_dir, path) = place();
    let (here, there) = (open(&path), open(&path));
    let (mine, theirs) = (worker(&here), worker(&there));
    let key = apply(&there, vec![new("a", Some(theirs), Some(turn(0, 1)))])[0];
    assert!(lock_file(&path, mine).exists() && lock_file(&path, theirs).exists());
    assert_eq!(wait(here.fence_dead_workers(mine, at(1))).unwrap(), []);
    drop(there);
    assert_eq!(wait(here.fence_dead_workers(mine, at(1))).unwrap(), [theirs.worker]);
    assert!(!lock_file(&path, theirs).exists() && lock_file(&path, mine).exists());
    assert_eq!(wait(here.commit(vec![owned(theirs, key, turn(1, 1))])).unwrap(), [CommitOutcome::Fenced]);
    assert_eq!(claim(&here, mine), ["a 1"]);
}

#[test]
fn a_lock_that_is_held_does_not_outlive_its_lease() {
    let (_dir, path) = place();
    let (here, there) = (open(&path), open(&path));
    let (mine, theirs) = (worker(&here), worker(&there));
    wait(here.renew(mine, at(500))).unwrap();
    assert_eq!(wait(here.fence_dead_workers(mine, at(500))).unwrap(), [theirs.worker]);
    assert_eq!(wait(there.renew(theirs, at(500))).unwrap_err().kind(), StoreErrorKind::Fenced);
}

#[test]
fn workers_of_one_store_do_not_take_each_other_for_dead() {
    let (_dir, path) = place();
    let store = open(&path);
    let (a, b) = (worker(&store), worker(&store));
    assert_eq!(wait(store.fence_dead_workers(a, at(1))).unwrap(), []);
    assert_eq!(wait(store.fence_dead_workers(b, at(1))).unwrap(), []);
    wait(store.release_worker(a, at(1))).unwrap();
    assert!(!lock_file(&path, a).exists());
    wait(store.close()).unwrap();
}

#[test]
fn a_missing_lock_file_means_dead() {
    let (_dir, path) = place();
    let (here, there) = (open(&path), open(&path));
    let (mine, theirs) = (worker(&here), worker(&there));
    std::fs::remove_file(lock_file(&path, theirs)).unwrap();
    assert_eq!(wait(here.fence_dead_workers(mine, at(1))).unwrap(), [theirs.worker]);
}

/// Not a test of its own: the process that [`a_killed_process_is_dead_at_once`] kills.
#[test]
fn child() {
    let Some(path) = std::env::var_os("DURABLE_TEST_CHILD_HUB") else { return };
    let store = open(Path::new(&path));
    let lease = worker(&store);
    apply(&store, vec![new("a", Some(lease), Some(turn(0, 1)))]);
    println!("\nworker {}", lease.worker);
    std::thread::sleep(std::time::Duration::from_secs(60));
}

fn spawn_child(path: &Path) -> (Child, Lease) {
    let exe = std::env::current_exe().unwrap();
    let mut child = Command::new(exe)
        .args(["--exact", "liveness::child", "--nocapture"])
        .env("DURABLE_TEST_CHILD_HUB", path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let id = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("worker ")?.parse().ok());
    (child, Lease { worker: WorkerId(id.unwrap()), epoch: LeaseEpoch(1) })
}

#[test]
fn a_killed_process_is_dead_at_once() {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let (mut child, theirs) = spawn_child(&path);
    assert_eq!(wait(store.fence_dead_workers(lease, at(1))).unwrap(), []);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(wait(store.fence_dead_workers(lease, at(1))).unwrap(), [theirs.worker]);
    assert_eq!(claim(&store, lease), ["a 1"]);
}
