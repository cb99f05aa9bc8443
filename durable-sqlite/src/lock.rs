//! One lock file per worker: how others on this machine know at once that it is dead.
//!
//! The operating system frees the lock when the process ends, in whichever way. It is never the
//! database file that is locked: closing any descriptor of that one would drop SQLite's own
//! locks on it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use durable_core::WorkerId;

/// The lock files of the workers that were entered through this store.
#[derive(Default)]
pub(crate) struct HeldLocks(Mutex<BTreeMap<WorkerId, Option<File>>>);

/// What a worker's lock file says of it.
pub(crate) enum Sign {
    /// It lives, or nobody can tell.
    Held,
    /// Its lock is free or gone: it is dead. The lock is held here while this value lives, so
    /// that nobody else concludes the same at the same time.
    Free { _lock: Option<File> },
}

pub(crate) fn path_of(database: &Path, worker: WorkerId) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(format!("-worker-{worker}.lock"));
    name.into()
}

impl HeldLocks {
    fn held(&self) -> MutexGuard<'_, BTreeMap<WorkerId, Option<File>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a worker's lock. `false` where file locks do not work: then leases decide alone.
    pub(crate) fn take(&self, database: &Path, worker: WorkerId) -> bool {
        let path = path_of(database, worker);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let locked = file.ok().filter(|file| file.try_lock().is_ok());
        let works = locked.is_some();
        if !works {
            let _ = std::fs::remove_file(path);
        }
        self.held().insert(worker, locked);
        works
    }

    /// Whether this worker was entered through this store and has not left.
    pub(crate) fn has(&self, worker: WorkerId) -> bool {
        self.held().contains_key(&worker)
    }

    /// Frees a worker's lock and removes its file, if it is one of this store.
    pub(crate) fn free(&self, database: &Path, worker: WorkerId) {
        if self.held().remove(&worker).is_some() {
            remove(database, worker);
        }
    }

    /// Frees all.
    pub(crate) fn free_all(&self) {
        self.held().clear();
    }
}

/// Removes a worker's lock file. One that is left behind does no harm: ids are never used again.
pub(crate) fn remove(database: &Path, worker: WorkerId) {
    let _ = std::fs::remove_file(path_of(database, worker));
}

/// Looks at a worker's lock file.
pub(crate) fn sign_of(database: &Path, worker: WorkerId) -> Sign {
    match File::open(path_of(database, worker)) {
        Err(e) if e.kind() == ErrorKind::NotFound => Sign::Free { _lock: None },
        Err(_) => Sign::Held,
        Ok(file) => match file.try_lock() {
            Ok(()) => Sign::Free { _lock: Some(file) },
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => Sign::Held,
        },
    }
}
