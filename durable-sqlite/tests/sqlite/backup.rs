//! Backup and restore.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use durable_core::store::{Claim, Offer, Store, StoreError};
use durable_core::{EventSeq, ExecutionId, InstanceKey};
use durable_sqlite::SqliteStore;

use crate::{apply, at, new, open, owned, place, query, send, turn, wait, worker};

#[test]
fn a_backup_under_load_has_all_that_was_acknowledged() {
    const INSTANCES: usize = 50;
    let (dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let start = |n| send(new(&format!("i{n}"), Some(lease), Some(turn(0, 1))), "i0", 1);
    let keys = apply(&store, (0..INSTANCES).map(start).collect());
    // How many turns of each are acknowledged.
    let acknowledged = Mutex::new(vec![1_u64; INSTANCES]);
    let stop = AtomicBool::new(false);
    let copy = dir.path().join("copy.db");
    let before = std::thread::scope(|scope| {
        scope.spawn(|| {
            for seq in 1.. {
                apply(&store, keys.iter().map(|key| owned(lease, *key, turn(seq, 1))).collect());
                acknowledged.lock().unwrap().iter_mut().for_each(|n| *n = seq + 1);
                if stop.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        while acknowledged.lock().unwrap()[0] < 20 {
            std::thread::yield_now();
        }
        let before = acknowledged.lock().unwrap().clone();
        wait(store.backup(&copy)).unwrap();
        let after = acknowledged.lock().unwrap()[0];
        stop.store(true, Ordering::Relaxed);
        assert!(after > before[0], "nothing was written during the backup");
        before
    });
    // The hub goes on as if nothing had been.
    apply(&store, vec![new("later", None, None)]);
    let restored = dir.path().join("restored.db");
    wait(SqliteStore::restore(&copy, &restored)).unwrap();
    assert_eq!(query(&restored, "PRAGMA quick_check"), [["ok"]]);
    assert_eq!(query(&restored, crate::conformance::INVARIANTS), [["0", "0", "0", "0"]]);
    let hub = open(&restored);
    let taker = worker(&hub);
    // The worker of then is dead here, though it lives there.
    assert_eq!(wait(hub.fence_dead_workers(taker, at(1))).unwrap(), [lease.worker]);
    let offers = vec![Offer { name: "f".into(), version: String::new() }];
    let claimed = wait(hub.claim(Claim { lease: taker, offers, now: at(1), limit: 1_000 })).unwrap();
    assert_eq!(claimed.len(), INSTANCES);
    for (instance, acknowledged) in claimed.iter().zip(before) {
        let next = instance.turns.last().map_or(EventSeq(0), |t| t.seq.plus(t.count));
        assert!(next.0 >= acknowledged, "{}: {next} of {acknowledged}", instance.record.id);
        apply(&hub, vec![owned(taker, instance.record.key, turn(next.0, 1))]);
    }
    assert_eq!(claimed[0].inbox.len(), INSTANCES);
    // New keys do not come twice.
    let key = apply(&hub, vec![new("new", None, None)])[0];
    assert!(keys.iter().all(|old| *old < key));
    assert_eq!(query(&restored, "PRAGMA integrity_check"), [["ok"]]);
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("-copy-")), "{left:?}");
}

#[track_caller]
fn check_refused(result: Result<(), StoreError>, says: &str) {
    match result {
        Err(StoreError::Unusable { reason, .. }) => assert!(reason.contains(says), "{reason:?} does not say {says:?}"),
        other => panic!("{other:?}"),
    }
}

fn restore(from: &Path, to: &Path) -> Result<(), StoreError> {
    wait(SqliteStore::restore(from, to))
}

#[test]
fn nothing_is_overwritten_and_nothing_bad_is_restored() {
    let (dir, path) = place();
    let file = |name: &str| dir.path().join(name);
    let store = open(&path);
    let lease = worker(&store);
    apply(&store, (0..300).map(|n| new(&format!("i{n}"), Some(lease), Some(turn(0, 2)))).collect());
    let copy = file("copy.db");
    wait(store.backup(&copy)).unwrap();
    let bytes = std::fs::read(&copy).unwrap();
    check_refused(wait(store.backup(&copy)), "exists already");
    check_refused(wait(store.backup(&path)), "exists already");
    check_refused(wait(store.backup(dir.path())), "exists already");
    check_refused(wait(store.backup(file("no such directory").join("x.db"))), "create it first");
    check_refused(restore(&copy, &path), "exists already");
    check_refused(restore(&file("nothing.db"), &file("new.db")), "no such file");
    std::fs::write(file("text.db"), "x".repeat(1_000)).unwrap();
    check_refused(restore(&file("text.db"), &file("new.db")), "not a SQLite database");
    query(&file("other.db?mode=rwc"), "CREATE TABLE t (x)");
    check_refused(restore(&file("other.db"), &file("new.db")), "another program");
    let mut damaged = bytes.clone();
    damaged[8 * 1024..40 * 1024].fill(0x55);
    std::fs::write(file("damaged.db"), damaged).unwrap();
    check_refused(restore(&file("damaged.db"), &file("new.db")), "damaged");
    std::fs::write(file("newer.db"), &bytes).unwrap();
    query(
        &file("newer.db"),
        "INSERT INTO durable_migrations (version, description, success, checksum, execution_time) \
         VALUES (99, 'later', 1, x'00', 0); SELECT 1",
    );
    check_refused(restore(&file("newer.db"), &file("new.db")), "run a newer build");
    std::fs::write(file("new.db-wal"), "left over").unwrap();
    check_refused(restore(&copy, &file("new.db")), "left over");
    std::fs::remove_file(file("new.db-wal")).unwrap();
    assert!(!file("new.db").exists());
    assert_eq!(std::fs::read(&copy).unwrap(), bytes);
    wait(store.close()).unwrap();
    assert_eq!(wait(store.backup(file("closed.db"))), Err(StoreError::Closed));
    // From where nothing can be written.
    let mut permissions = std::fs::metadata(&copy).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&copy, permissions).unwrap();
    restore(&copy, &file("new.db")).unwrap();
    let hub = open(&file("new.db"));
    assert_eq!(wait(hub.instances(InstanceKey(0), 1_000)).unwrap().len(), 300);
    assert_eq!(wait(hub.history(InstanceKey(1), ExecutionId(0))).unwrap(), [turn(0, 2)]);
}
