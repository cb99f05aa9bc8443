//! `cargo bench -p durable-sqlite`: turns per second by batch size, with full durability, and
//! what a batch costs in counted work.
//!
//! Each batch appends one turn (three events, 160 bytes) to each of as many instances: the
//! middle of a chain. Then sub-orchestrations and events from outside. `PAGE_BYTES=4096,8192,16384` compares page sizes, `NO_FSYNC=1` shows what is
//! left without the disk, `BENCH_DIR` names the directory.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use durable_core::history::{Event, PackedTurn};
use durable_core::store::{
    Commit, CommitOutcome, Delivery, Lease, NewInstance, Recipient, Store, Subject, TurnWrite, WorkerInfo,
};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, Payload, Timestamp};
use durable_sqlite::{Durability, SqliteOptions, SqliteStore};
use durable_testkit::conformance::block_on;

const BODY: &str = r#"[{"TurnStarted":{"at":1700000000000000}},{"TaskCompleted":{"id":3,"result":"Hello Tokyo!"}},{"TaskScheduled":{"id":4,"name":"say_hello","input":["Seattle"]}}]"#;
const INSTANCES: usize = 5_000;
const EACH: Duration = Duration::from_millis(1_500);

fn turn(execution: u32, seq: u64) -> Option<TurnWrite> {
    let packed = PackedTurn { seq: EventSeq(seq), count: 3, codec: 1, body: BODY.into() };
    Some(TurnWrite { execution: ExecutionId(execution), packed })
}

fn commit(subject: Subject, seq: u64) -> Commit {
    let now = Timestamp::from_unix_micros(1_700_000_000_000_000);
    Commit { turn: turn(0, seq), ..Commit::new(subject, now) }
}

fn instance(id: String, owner: Option<Lease>) -> NewInstance {
    let id = InstanceId::new(id).unwrap();
    NewInstance { owner, ..NewInstance::new(id, "chain", "") }
}

fn start(store: &SqliteStore, lease: Lease) -> Vec<InstanceKey> {
    let news = (0..INSTANCES).map(|n| commit(Subject::New(instance(format!("instance-{n:08}"), Some(lease))), 0));
    let outcomes = block_on(store.commit(news.collect())).unwrap();
    let key = |outcome| match outcome {
        CommitOutcome::Applied { key, .. } => key,
        other => panic!("{other:?}"),
    };
    outcomes.into_iter().map(key).collect()
}

fn main() {
    let pages = std::env::var("PAGE_BYTES").unwrap_or_else(|_| "8192".into());
    let dir = std::env::var_os("BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let durability = match std::env::var_os("NO_FSYNC") {
        Some(_) => Durability::LoseRecentOnPowerLoss,
        None => Durability::SurvivePowerLoss,
    };
    for page_bytes in pages.split(',').map(|p| p.parse::<u32>().unwrap()) {
        let dir = tempfile::tempdir_in(&dir).unwrap();
        let options = SqliteOptions::new(dir.path().join("hub.db")).page_bytes(page_bytes).durability(durability);
        let store = block_on(options.open()).unwrap();
        let info = WorkerInfo { name: "bench".into(), offers: vec![], lease_duration: Duration::from_secs(30) };
        let lease = block_on(store.register_worker(info, Timestamp::default())).unwrap();
        let keys = start(&store, lease);
        let mut ends = vec![3; INSTANCES];
        let mut next = 0;
        for batch_size in [1_u32, 10, 100, 1_000] {
            let (before, started) = (store.stats(), Instant::now());
            let mut times = Vec::new();
            while started.elapsed() < EACH {
                let batch = (0..batch_size).map(|_| {
                    next = (next + 1) % INSTANCES;
                    ends[next] += 3;
                    commit(Subject::Owned { lease, key: keys[next] }, ends[next] - 3)
                });
                let batch = batch.collect();
                let t = Instant::now();
                let outcomes = block_on(store.commit(batch)).unwrap();
                times.push(t.elapsed());
                assert!(outcomes.iter().all(|o| matches!(o, CommitOutcome::Applied { .. })));
            }
            let s = store.stats();
            let batches = s.batches - before.batches;
            let mean_us = times.iter().sum::<Duration>().as_secs_f64() * 1e6 / times.len() as f64;
            times.sort_unstable();
            let p50_us = times[times.len() / 2].as_secs_f64() * 1e6;
            println!(
                r#"{{"durability":"{durability:?}","page_bytes":{page_bytes},"batch":{batch_size},"turns_per_s":{:.0},"p50_us_per_batch":{p50_us:.1},"mean_us_per_batch":{mean_us:.1},"p50_us_per_turn":{:.2},"calls_per_batch":{},"statements_per_batch":{},"slow_batches":{}}}"#,
                f64::from(batch_size) * 1e6 / mean_us,
                p50_us / f64::from(batch_size),
                (s.calls - before.calls) as f64 / batches as f64,
                (s.statements - before.statements) as f64 / batches as f64,
                s.slow_batches - before.slow_batches,
            );
        }
        fan_out(&store, lease);
        events(&store);
        block_on(store.close()).unwrap();
    }
}

/// One commit that makes 1,000 sub-orchestrations.
fn fan_out(store: &SqliteStore, lease: Lease) {
    const CHILDREN: usize = 1_000;
    const TIMES: usize = 20;
    let started = Instant::now();
    for n in 0..TIMES {
        let mut parent = commit(Subject::New(instance(format!("parent-{n}"), Some(lease))), 0);
        let child = |k| Recipient::New { instance: instance(format!("parent-{n}/{k:06}"), None), refused: None };
        parent.deliveries = (0..CHILDREN).map(|k| Delivery { to: child(k), message: message() }).collect();
        block_on(store.commit(vec![parent])).unwrap();
    }
    let each_us = started.elapsed().as_secs_f64() * 1e6 / (CHILDREN * TIMES) as f64;
    println!(r#"{{"what":"sub-orchestrations made, 1,000 in a commit","us_each":{each_us:.2}}}"#);
}

/// 100,000 events from outside, to the instances of the chain and to one.
fn events(store: &SqliteStore) {
    const EVENTS: usize = 100_000;
    const BATCH: usize = 4_096;
    for instances in [INSTANCES, 1] {
        let started = Instant::now();
        for first in (0..EVENTS).step_by(BATCH) {
            let raise = |n: usize| {
                let id = InstanceId::new(format!("instance-{:08}", n % instances)).unwrap();
                let mut commit = commit(Subject::Existing { id, unpark: false }, 0);
                commit.turn = None;
                commit.deliveries.push(Delivery { to: Recipient::Subject, message: message() });
                commit
            };
            let outcomes = block_on(store.commit((first..EVENTS.min(first + BATCH)).map(raise).collect())).unwrap();
            assert!(outcomes.iter().all(|o| matches!(o, CommitOutcome::Applied { .. })));
        }
        let each_us = started.elapsed().as_secs_f64() * 1e6 / EVENTS as f64;
        println!(r#"{{"what":"events raised, 4,096 in a batch","instances":{instances},"us_each":{each_us:.2}}}"#);
    }
}

fn message() -> Event {
    Event::EventRaised { name: "paid".into(), payload: Payload::encode(&("Tokyo", 3)).unwrap() }
}
