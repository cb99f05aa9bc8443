//! Transactional activities.

use std::time::Duration;

use durable_core::history::{Event, PackedTurn, Turn};
use durable_core::store::{Commit, InstanceUpdate, Lease, Ownership, Status, Store, StoreError};
use durable_core::worker::TaskRef;
use durable_core::{ActivityContext, Data, EventSeq, ExecutionId, Failure, FailureKind, InstanceKey, Payload, TaskId};
use durable_sqlite::{SqliteOptions, SqliteStore, TransactionError};

use crate::{apply, at, message, new, open, owned, place, query, send, worker};

/// As an activity is polled: in a runtime.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

fn scheduled(id: u64, attempt: u32) -> Event {
    Event::TaskScheduled {
        id: TaskId(id),
        attempt,
        name: "book".into(),
        input: Payload::null(),
        options: Default::default(),
    }
}

fn packed(seq: u64, messages: Vec<Event>, decisions: Vec<Event>) -> PackedTurn {
    PackedTurn::pack(&Turn { seq: EventSeq(seq), at: at(0), messages, decisions }).unwrap()
}

/// A hub with an instance `a` that waits for the second attempt of task 0, a table of the
/// application's, and the attempt.
fn waiting(store: &SqliteStore, path: &std::path::Path) -> TaskRef {
    let lease = worker(store);
    let failure = Failure::new(FailureKind::Application, "no");
    let first = packed(0, vec![], vec![scheduled(0, 1), scheduled(1, 1)]);
    let key = apply(store, vec![new("a", Some(lease), Some(first))])[0];
    let failed = Event::TaskFailed { id: TaskId(0), attempt: 1, failure };
    let again = packed(3, vec![failed], vec![scheduled(0, 2)]);
    apply(store, vec![owned(lease, key, again)]);
    query(path, "CREATE TABLE bookings (amount INTEGER)");
    TaskRef { lease, key, execution: ExecutionId(0), task: TaskId(0), attempt: 2 }
}

async fn book(store: &SqliteStore, task: TaskRef, amount: i64) -> Result<i64, TransactionError<sqlx::Error>> {
    let work = store.transaction_of(task, |tx| {
        Box::pin(async move {
            sqlx::query("INSERT INTO bookings (amount) VALUES (?)").bind(amount).execute(&mut *tx).await?;
            sqlx::query_scalar("SELECT sum(amount) FROM bookings").fetch_one(&mut *tx).await
        })
    });
    work.await
}

fn bookings(path: &std::path::Path) -> String {
    query(path, "SELECT count(*) FROM bookings")[0][0].clone()
}

#[test]
fn rows_and_completion_are_one() {
    let (_dir, path) = place();
    let store = open(&path);
    let task = waiting(&store, &path);
    // A long history behind it is no hindrance.
    for seq in 0..40 {
        apply(&store, vec![owned(task.lease, task.key, packed(6 + 2 * seq, vec![message(9)], vec![]))]);
    }
    assert_eq!(wait(book(&store, task, 7)).unwrap(), 7);
    let inbox = wait(store.inbox()).unwrap();
    let expected = Event::TaskCompleted { id: TaskId(0), attempt: 2, result: Payload::encode(&7).unwrap() };
    assert_eq!(inbox.iter().map(|m| (&m.message, m.to)).collect::<Vec<_>>(), [(&expected, task.key)]);
    // Only this execution may get it.
    assert_eq!(query(&path, "SELECT execution FROM durable_inbox"), [["0"]]);
    // Once and never again, whatever the attempt.
    for attempt in [1, 2, 3] {
        assert!(matches!(wait(book(&store, TaskRef { attempt, ..task }, 1)), Err(TransactionError::Settled)));
    }
    let consumed =
        Commit { consumed: vec![inbox[0].id], ..owned(task.lease, task.key, packed(86, vec![expected], vec![])) };
    apply(&store, vec![consumed]);
    assert!(matches!(wait(book(&store, task, 1)), Err(TransactionError::Settled)));
    assert_eq!(wait(book(&store, TaskRef { task: TaskId(1), attempt: 1, ..task }, 5)).unwrap(), 12);
    assert_eq!(bookings(&path), "2");
}

/// What happens to the call before the transaction, and what the transaction says then.
#[track_caller]
fn check_refused(happens: impl FnOnce(&SqliteStore, TaskRef, Lease) -> TaskRef, expected: TransactionError<String>) {
    let (_dir, path) = place();
    let store = open(&path);
    let task = waiting(&store, &path);
    let other = worker(&store);
    let task = happens(&store, task, other);
    let error = wait(book(&store, task, 1)).unwrap_err();
    assert_eq!(error.to_string(), expected.to_string());
    assert_eq!(bookings(&path), "0");
    // The hub goes on.
    apply(&store, vec![new("later", None, None)]);
}

fn ended(task: TaskRef) -> Commit {
    let output = Payload::null();
    let update = InstanceUpdate {
        status: Status::Completed,
        ownership: Ownership::Release { wake_at: None },
        parked_reason: None,
        crashes: 0,
        custom_status: None,
        mark: None,
    };
    let end = packed(6, vec![], vec![Event::ExecutionCompleted { output }]);
    Commit { update: Some(update), ..owned(task.lease, task.key, end) }
}

#[test]
fn what_nobody_waits_for_is_not_written() {
    type Error = TransactionError<String>;
    check_refused(|_, task, _| TaskRef { attempt: 1, ..task }, Error::Settled);
    check_refused(|_, task, _| TaskRef { attempt: 3, ..task }, Error::Settled);
    check_refused(|_, task, _| TaskRef { task: TaskId(7), ..task }, Error::Settled);
    check_refused(|_, task, _| TaskRef { execution: ExecutionId(1), ..task }, Error::Settled);
    check_refused(|_, task, _| TaskRef { key: InstanceKey(77), ..task }, Error::Lost);
    check_refused(|_, task, lease| TaskRef { lease, ..task }, Error::Lost);
    let stale = |task: TaskRef| Lease { epoch: durable_core::LeaseEpoch(task.lease.epoch.0 + 1), ..task.lease };
    check_refused(|_, task, _| TaskRef { lease: stale(task), ..task }, Error::Lost);
    check_refused(
        |store, task, _| {
            wait(store.release_worker(task.lease, at(1))).unwrap();
            task
        },
        Error::Lost,
    );
    let after = |decision: fn() -> Vec<Event>, message: fn() -> Vec<Event>| {
        move |store: &SqliteStore, task: TaskRef, _: Lease| {
            apply(store, vec![owned(task.lease, task.key, packed(6, message(), decision()))]);
            task
        }
    };
    check_refused(after(|| vec![Event::TaskCanceled { id: TaskId(0) }], Vec::new), Error::Settled);
    check_refused(after(|| vec![scheduled(0, 3)], Vec::new), Error::Settled);
    let failed = || {
        let failure = Failure::new(FailureKind::Timeout, "too slow");
        vec![Event::TaskFailed { id: TaskId(0), attempt: 2, failure }]
    };
    check_refused(after(Vec::new, failed), Error::Settled);
    check_refused(
        |store, task, _| {
            apply(store, vec![ended(task)]);
            task
        },
        Error::Settled,
    );
}

#[test]
fn what_waits_in_the_inbox_counts() {
    let (_dir, path) = place();
    let store = open(&path);
    let task = waiting(&store, &path);
    // A message that is about something else.
    apply(&store, vec![send(new("b", None, None), "a", 0)]);
    assert_eq!(wait(book(&store, task, 7)).unwrap(), 7);
    assert!(matches!(wait(book(&store, task, 7)), Err(TransactionError::Settled)));
    assert_eq!(bookings(&path), "1");
}

#[test]
fn a_closure_that_fails_leaves_nothing() {
    let (_dir, path) = place();
    let store = wait(SqliteOptions::new(&path).transaction_timeout(Duration::from_millis(50)).open()).unwrap();
    let task = waiting(&store, &path);
    let refused = wait(store.transaction_of(task, |tx| {
        Box::pin(async move {
            sqlx::query("INSERT INTO bookings VALUES (1)").execute(&mut *tx).await.unwrap();
            Err::<(), _>("too much".to_owned())
        })
    }));
    assert_eq!(refused, Err(TransactionError::Failed("too much".into())));
    let slow = wait(store.transaction_of(task, |tx| {
        Box::pin(async move {
            sqlx::query("INSERT INTO bookings VALUES (1)").execute(&mut *tx).await.unwrap();
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<(), String>(())
        })
    }));
    assert_eq!(slow, Err(TransactionError::TimedOut(Duration::from_millis(50))));
    // Its future is dropped in the middle.
    wait(async {
        let work = store.transaction_of(task, |tx| {
            Box::pin(async move {
                sqlx::query("INSERT INTO bookings VALUES (1)").execute(&mut *tx).await.unwrap();
                std::future::pending::<Result<(), String>>().await
            })
        });
        let _ = tokio::time::timeout(Duration::from_millis(20), work).await;
    });
    for sql in ["COMMIT", "ROLLBACK"] {
        let ended = wait(store.transaction_of(task, |tx| {
            Box::pin(async move {
                sqlx::raw_sql(sql).execute(&mut *tx).await.unwrap();
                Ok::<(), String>(())
            })
        }));
        let Err(TransactionError::Store(StoreError::Other(reason))) = ended else { panic!("{ended:?}") };
        assert!(reason.contains("the closure has ended the transaction"), "{reason}");
    }
    let large = wait(store.transaction_of(task, |_| {
        Box::pin(async { Ok::<_, String>("x".repeat(durable_core::limits::PAYLOAD_BYTES_MAX + 1)) })
    }));
    assert!(matches!(large, Err(TransactionError::Value(_))), "{large:?}");
    assert_eq!((bookings(&path), wait(store.inbox()).unwrap()), ("0".into(), vec![]));
    // A savepoint of its own, and all is well.
    let nested = wait(store.transaction_of(task, |tx| {
        Box::pin(async move {
            use sqlx::Connection as _;
            let mut inner = tx.begin().await?;
            sqlx::query("INSERT INTO bookings VALUES (1)").execute(&mut *inner).await?;
            inner.rollback().await?;
            sqlx::query("INSERT INTO bookings VALUES (2)").execute(&mut *tx).await?;
            Ok::<_, sqlx::Error>("booked".to_owned())
        })
    }));
    assert_eq!(nested.unwrap(), "booked");
    assert_eq!(query(&path, "SELECT * FROM bookings"), [["2"]]);
    assert_eq!(wait(store.inbox()).unwrap().len(), 1);
}

#[test]
fn a_context_of_a_unit_test_has_no_call() {
    let (_dir, path) = place();
    let store = open(&path);
    let ctx = ActivityContext::for_test(Data::default());
    let done = wait(store.transaction(&ctx, |_| Box::pin(async { Ok::<_, String>(1) })));
    assert_eq!(done, Err(TransactionError::NoCall));
}
