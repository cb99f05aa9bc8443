//! Several stores on one file, as several processes have them.

use std::time::{Duration, Instant};

use durable_core::store::{Claim, CommitOutcome, Offer, Store, StoreError, StoreErrorKind};
use durable_core::{EventSeq, MessageId};
use durable_sqlite::SqliteOptions;
use sqlx::{Connection as _, SqliteConnection};

use crate::{apply, at, new, open, owned, place, send, turn, wait, worker};

#[test]
fn a_mark_tells_of_others_writes_and_mail_comes_across() {
    let (_dir, path) = place();
    let (here, there) = (open(&path), open(&path));
    let (mine, theirs) = (worker(&here), worker(&there));
    let a = apply(&here, vec![new("a", Some(mine), Some(turn(0, 1)))])[0];
    let b = apply(&there, vec![new("b", Some(theirs), Some(turn(0, 1)))])[0];
    assert_ne!(a, b);
    let mark = wait(here.change_mark()).unwrap();
    apply(&there, vec![send(owned(theirs, b, turn(1, 1)), "a", 3)]);
    assert_ne!(wait(here.change_mark()).unwrap(), mark);
    let mail = wait(here.mail(mine, MessageId(0))).unwrap();
    assert_eq!(mail.len(), 1);
    assert_eq!((mail[0].to, &mail[0].message), (a, &crate::message(3)));
    // Each sees the other's instances, and neither can write them.
    assert_eq!(wait(there.commit(vec![owned(theirs, a, turn(1, 1))])).unwrap(), [CommitOutcome::Fenced]);
    assert_eq!(wait(here.workers()).unwrap().len(), 2);
}

#[test]
fn a_writer_that_does_not_let_go_makes_a_typed_error() {
    let (_dir, path) = place();
    let store = wait(SqliteOptions::new(&path).busy_timeout(Duration::from_millis(150)).open()).unwrap();
    let lease = worker(&store);
    let key = apply(&store, vec![new("a", Some(lease), Some(turn(0, 1)))])[0];
    let mut other = wait(SqliteConnection::connect(&format!("sqlite:{}", path.display()))).unwrap();
    wait(sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other)).unwrap();
    let started = Instant::now();
    let error = wait(store.commit(vec![owned(lease, key, turn(1, 1))])).unwrap_err();
    assert!(matches!(error, StoreError::Busy(_)) && error.kind() == StoreErrorKind::Retry, "{error}");
    assert!(started.elapsed() < Duration::from_secs(3));
    assert!(matches!(wait(store.renew(lease, at(1))), Err(StoreError::Busy(_))));
    // Readers are not disturbed.
    assert_eq!(wait(store.workers()).unwrap().len(), 1);
    wait(sqlx::raw_sql("ROLLBACK").execute(&mut other)).unwrap();
    apply(&store, vec![owned(lease, key, turn(1, 1))]);
    wait(other.close()).unwrap();
}

#[test]
fn commits_of_many_threads_all_count_once() {
    const THREADS: u64 = 4;
    const EACH: u64 = 50;
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let key = apply(&store, vec![new("a", Some(lease), Some(turn(0, 1)))])[0];
    let threads: Vec<_> = (0..THREADS)
        .map(|n| {
            // Half of them through a store of their own.
            let store = if n % 2 == 0 { store.clone() } else { open(&path) };
            std::thread::spawn(move || {
                let mut end = 1;
                let mut applied = 0;
                while applied < EACH {
                    match wait(store.commit(vec![owned(lease, key, turn(end, 1))])).unwrap().remove(0) {
                        CommitOutcome::Applied { .. } => (applied, end) = (applied + 1, end + 1),
                        CommitOutcome::Conflict { next_seq: EventSeq(next) } => end = next,
                        other => panic!("{other:?}"),
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let history = wait(store.history(key, durable_core::ExecutionId(0))).unwrap();
    let seqs: Vec<u64> = history.iter().map(|t| t.seq.0).collect();
    assert_eq!(seqs, (0..=THREADS * EACH).collect::<Vec<_>>());
}

#[test]
fn of_two_that_claim_at_once_each_instance_has_one_owner() {
    let (_dir, path) = place();
    let store = open(&path);
    apply(&store, (0..400).map(|n| new(&format!("i{n}"), None, None)).collect());
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let store = open(&path);
            std::thread::spawn(move || {
                let lease = worker(&store);
                let offers = vec![Offer { name: "f".into(), version: String::new() }];
                let mut all = Vec::new();
                loop {
                    let claim = Claim { lease, offers: offers.clone(), now: at(1), limit: 7 };
                    let claimed = wait(store.claim(claim)).unwrap();
                    if claimed.is_empty() {
                        // The store is kept, so that its worker stays alive.
                        return (all, store);
                    }
                    all.extend(claimed.iter().map(|c| c.record.key));
                }
            })
        })
        .collect();
    let ended: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let mut all: Vec<_> = ended.into_iter().flat_map(|(keys, _)| keys).collect();
    all.sort();
    let claimed = all.len();
    all.dedup();
    assert_eq!((claimed, all.len()), (400, 400));
}
