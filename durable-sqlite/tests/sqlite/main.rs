//! The SQLite store from outside. No test needs a runtime: all futures are polled on plain
//! threads, as the engine's own thread does.

#![allow(clippy::unwrap_used, reason = "a test stops at the first error")]

mod backup;
mod bodies;
mod conformance;
mod cost;
mod damage;
mod liveness;
mod opening;
mod order;
mod purge;
mod query;
mod sharing;
mod transaction;
mod view;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use durable_core::history::{Event, PackedTurn, Turn};
use durable_core::store::{
    Commit, CommitOutcome, Lease, NewInstance, Offer, Recipient, Store, Subject, TurnWrite, WorkerInfo,
};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, TaskId, Timestamp};
use durable_sqlite::SqliteStore;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tempfile::TempDir;

/// Polls on this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    assert!(tokio::runtime::Handle::try_current().is_err(), "a test runs inside a runtime");
    durable_testkit::conformance::block_on(future)
}

/// A directory, and the path of a hub in it that is not there yet.
fn place() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hub.db");
    (dir, path)
}

fn open(path: &Path) -> SqliteStore {
    wait(SqliteStore::open(path)).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_700_000_000_000_000 + seconds * 1_000_000)
}

fn worker(store: &SqliteStore) -> Lease {
    let offers = vec![Offer { name: "f".into(), version: String::new() }];
    let info = WorkerInfo { name: "w".into(), offers, lease_duration: Duration::from_secs(30) };
    wait(store.register_worker(info, at(0))).unwrap()
}

fn message(n: u64) -> Event {
    Event::TimerFired { id: TaskId(n), attempt: 1 }
}

fn turn(seq: u64, count: u64) -> PackedTurn {
    let messages = (1..count).map(message).collect();
    PackedTurn::pack(&Turn { seq: EventSeq(seq), at: at(0), messages, decisions: vec![] }).unwrap()
}

fn commit(subject: Subject, turn: Option<PackedTurn>) -> Commit {
    let turn = turn.map(|packed| TurnWrite { execution: ExecutionId(0), packed });
    Commit { turn, ..Commit::new(subject, at(0)) }
}

fn new(id: &str, owner: Option<Lease>, turn: Option<PackedTurn>) -> Commit {
    commit(Subject::New(instance(id, owner)), turn)
}

fn instance(id: &str, owner: Option<Lease>) -> NewInstance {
    NewInstance { owner, ..NewInstance::new(InstanceId::new(id).unwrap(), "f", "") }
}

fn owned(lease: Lease, key: InstanceKey, turn: PackedTurn) -> Commit {
    commit(Subject::Owned { lease, key }, Some(turn))
}

fn send(mut commit: Commit, to: &str, n: u64) -> Commit {
    let to = Recipient::Id { id: InstanceId::new(to).unwrap(), execution: None };
    let delivery = durable_core::store::Delivery { to, message: message(n) };
    commit.deliveries.push(delivery);
    commit
}

/// Commits, and the keys of all: each must apply.
fn apply(store: &SqliteStore, batch: Vec<Commit>) -> Vec<InstanceKey> {
    let key = |outcome| match outcome {
        CommitOutcome::Applied { key, .. } => key,
        other => panic!("{other:?}"),
    };
    wait(store.commit(batch)).unwrap().into_iter().map(key).collect()
}

/// Another program's look at the file: the rows of a query, as text.
fn query(path: &Path, sql: &str) -> Vec<Vec<String>> {
    wait(async {
        let url = format!("sqlite:{}", path.display());
        let mut conn = SqliteConnection::connect(&url).await.unwrap();
        let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        let text = |row: &sqlx::sqlite::SqliteRow, n: usize| {
            let number = row.try_get_unchecked::<Option<i64>, _>(n);
            row.try_get::<Option<String>, _>(n)
                .ok()
                .or_else(|| number.ok().map(|n| n.map(|n| n.to_string())))
                .flatten()
                .unwrap_or_else(|| "-".into())
        };
        rows.iter().map(|row| (0..row.len()).map(|n| text(row, n)).collect()).collect()
    })
}
