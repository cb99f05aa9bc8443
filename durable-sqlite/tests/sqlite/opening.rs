//! Everything a user can get wrong about the file, and the settings of what opens.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use durable_core::store::{Store, StoreError};
use durable_sqlite::{Durability, SqliteOptions, SqliteStore};

use crate::{apply, new, open, place, query, wait};

/// Opening fails with these words, and changes nothing in the directory.
#[track_caller]
fn check_refused(prepare: impl Fn(&Path), options: impl Fn(SqliteOptions) -> SqliteOptions, says: &str) {
    let (dir, path) = place();
    prepare(&path);
    let before = listing(dir.path());
    match wait(options(SqliteOptions::new(&path)).open()) {
        Err(StoreError::Unusable { path: named, reason }) => {
            assert!(reason.contains(says), "{reason:?} does not say {says:?}");
            assert_eq!(named.file_name(), path.file_name());
        }
        other => panic!("expected {says:?}, got {other:?}"),
    }
    assert_eq!(listing(dir.path()), before, "{says}: something was written");
}

/// Names and contents of the files, but for the WAL index: it is shared memory.
fn listing(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap_or_default()))
        .filter(|(name, _)| !name.ends_with("-shm"))
        .filter(|(name, content)| !(name.ends_with("-wal") && content.is_empty()))
        .collect();
    all.sort();
    all
}

#[test]
fn what_cannot_be_a_hub_is_refused_untouched() {
    let same = |options| options;
    check_refused(|path| fs::write(path, "").unwrap(), same, "the file is empty, so it is not a task hub; delete it");
    check_refused(|path| fs::write(path, "hello").unwrap(), same, "not a SQLite database");
    check_refused(|path| fs::write(path, vec![b'x'; 5_000]).unwrap(), same, "not a SQLite database");
    check_refused(|path| fs::create_dir(path).unwrap(), same, "this is a directory");
    check_refused(|_| {}, |options| options.create_if_missing(false), "there is no such file");
    check_refused(foreign, same, "belongs to another program");
    check_refused(newer, same, "run a newer build");
    check_refused(
        |path| {
            hub(path);
            fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
        },
        same,
        "the file is read-only",
    );
    check_refused(
        |path| fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o555)).unwrap(),
        same,
        "its directory is read-only",
    );
    let missing = |options: SqliteOptions| {
        drop(options);
        SqliteOptions::new("/nowhere/at/all/hub.db")
    };
    check_refused(|_| {}, missing, "create it first");
    check_refused(truncated, same, "");
}

fn hub(path: &Path) {
    let store = open(path);
    apply(&store, vec![new("a", None, None)]);
    wait(store.close()).unwrap();
}

fn foreign(path: &Path) {
    query(&with_create(path), "CREATE TABLE t (x); INSERT INTO t VALUES (1); SELECT 1");
}

/// `query` opens only what is there.
fn with_create(path: &Path) -> std::path::PathBuf {
    let mut url = path.as_os_str().to_owned();
    url.push("?mode=rwc");
    url.into()
}

fn newer(path: &Path) {
    hub(path);
    query(
        path,
        "INSERT INTO durable_migrations (version, description, success, checksum, execution_time) \
         VALUES (77, 'later', TRUE, x'00', 0); SELECT 1",
    );
}

fn truncated(path: &Path) {
    hub(path);
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..150]).unwrap();
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let (dir, path) = place();
    hub(&path);
    let store = open(&path);
    let a = wait(store.instance(durable_core::InstanceId::new("a").unwrap())).unwrap();
    assert!(a.is_some());
    wait(store.close()).unwrap();
    let names: Vec<_> = listing(dir.path()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["hub.db"], "something was left behind");
}

#[test]
fn many_that_make_the_same_hub_at_once_all_get_it() {
    let (_dir, path) = place();
    let threads: Vec<_> = (0..6)
        .map(|n| {
            let path = path.clone();
            std::thread::spawn(move || apply(&open(&path), vec![new(&format!("i{n}"), None, None)]))
        })
        .collect();
    let mut keys: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 6);
    assert_eq!(query(&path, "SELECT count(*) FROM durable_instances"), [["6"]]);
}

#[test]
fn the_file_is_what_it_should_be() {
    let (_dir, path) = place();
    let store = open(&path);
    for (pragma, value) in [("journal_mode", "wal"), ("page_size", "4096"), ("application_id", "1685418593")] {
        assert_eq!(query(&path, &format!("PRAGMA {pragma}")), [[value]], "{pragma}");
    }
    assert_eq!(store.path(), path.canonicalize().unwrap());
    drop(store);
    let lax = SqliteOptions::new(&path).durability(Durability::LoseRecentOnPowerLoss).busy_timeout(Duration::ZERO);
    apply(&wait(lax.readers(1).open()).unwrap(), vec![new("a", None, None)]);
}

#[test]
fn a_path_may_be_relative_or_strange() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["it's 100%; \"hub\" #1?.db", "übung 漢字", "a&b=c"] {
        let path = dir.path().join(name);
        apply(&open(&path), vec![new("a", None, None)]);
        assert!(path.is_file(), "{name}");
    }
    assert!(matches!(wait(SqliteStore::open("")), Err(StoreError::Unusable { .. })));
    assert!(matches!(wait(SqliteStore::open("..")), Err(StoreError::Unusable { .. })));
}
