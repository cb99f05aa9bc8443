//! Copies of a hub: while it runs, and back again.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use durable_core::store::StoreError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use crate::SqliteStore;
use crate::error::not_applied;
use crate::file::{Found, Use, inspect, resolve, unusable};
use crate::open::{check_schema, connect_options, sync_directory};
use crate::options::SqliteOptions;
use crate::pragma;

/// What belongs to a SQLite database beside its file. One that is left over from another database
/// would be taken for the new one's.
const COMPANIONS: [&str; 2] = ["-wal", "-journal"];

impl SqliteStore {
    /// Copies the hub as it is at this moment to a new file, while everything goes on: workers
    /// commit, clients start. What was acknowledged before the call is in the copy; of what is
    /// acknowledged during it, nothing or all of each commit.
    ///
    /// The copy is compact, a hub of its own, and durable when the call returns: until then there is
    /// no file of this name. It needs room for the whole hub, once, beside the target. While it
    /// runs, the write-ahead log of the hub cannot be reused and grows by what is written meanwhile.
    ///
    /// Never copy a hub's file with other tools while a process has it open: what stands in the
    /// log is not in the file.
    ///
    /// ```no_run
    /// # async fn f() -> Result<(), durable_core::store::StoreError> {
    /// # use durable_sqlite::SqliteStore;
    /// let store = SqliteStore::open("hub.db").await?;
    /// store.backup("backup/hub-monday.db").await?;
    /// // Later, for instance on another machine:
    /// SqliteStore::restore("backup/hub-monday.db", "restored.db").await?;
    /// let store = SqliteStore::open("restored.db").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreError::Unusable`] if there is a file of this name already, or none can be made there;
    /// [`StoreError::Full`] if it does not fit; [`StoreError::Closed`]. The target is not there then.
    pub async fn backup(&self, path: impl AsRef<Path>) -> Result<(), StoreError> {
        self.check_open()?;
        let options = &self.inner.options;
        // A connection of its own: the readers of the pool are not held up.
        let from = connect_options(options, &self.inner.path).read_only(true);
        copy(options, from, &target(path.as_ref())?).await
    }

    /// Makes a hub from a backup. The file of the backup is checked first, and stays.
    ///
    /// A worker that opens the restored hub takes over at once what the workers of the time of the
    /// backup owned: they are dead for it. So no process may still run on the hub that the backup
    /// was made of, or both would carry on with the same instances.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unusable`] if the backup is not a hub, is damaged, or is of a newer build; or if
    /// there is a file at `path` already, or what a database leaves beside it (`-wal`). Nothing is
    /// written then.
    pub async fn restore(backup: impl AsRef<Path>, path: impl AsRef<Path>) -> Result<(), StoreError> {
        let backup = resolve(backup.as_ref())?;
        if let Found::Nothing = inspect(&backup, Use::Read)? {
            return Err(unusable(&backup, "there is no such file"));
        }
        let target = target(path.as_ref())?;
        let options = SqliteOptions::new(&target);
        // A backup may lie where nothing can be written. Without a log nobody has it open.
        let is_at_rest = COMPANIONS.iter().all(|suffix| !beside(&backup, suffix).exists());
        let from = connect_options(&options, &backup).read_only(true).immutable(is_at_rest);
        check_integrity(&backup, &from).await?;
        check_schema(&backup, from.clone()).await?;
        copy(&options, from, &target).await
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Where a copy goes; nothing may be there.
fn target(path: &Path) -> Result<PathBuf, StoreError> {
    let path = resolve(path)?;
    // `exists` would say of a link to nowhere that nothing is there.
    if path.symlink_metadata().is_ok() {
        return Err(unusable(&path, EXISTS));
    }
    for suffix in COMPANIONS {
        if beside(&path, suffix).symlink_metadata().is_ok() {
            return Err(unusable(
                &path,
                format!("a file with {suffix} at the end of its name is left over from another database; move it away"),
            ));
        }
    }
    Ok(path)
}

const EXISTS: &str = "the file exists already; a copy never takes the place of another file";

async fn check_integrity(path: &Path, from: &SqliteConnectOptions) -> Result<(), StoreError> {
    let failed = |e: sqlx::Error| match not_applied(&e) {
        StoreError::Corrupt(reason) => unusable(path, format!("the file is damaged: {reason}")),
        e => unusable(path, format!("it cannot be read: {e}")),
    };
    let mut conn = from.connect().await.map_err(failed)?;
    let found = sqlx::raw_sql("PRAGMA quick_check(3)").fetch_all(&mut conn).await;
    conn.close().await.map_err(failed)?;
    let found: Vec<String> = found.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect()).map_err(failed)?;
    if found == ["ok"] {
        return Ok(());
    }
    Err(unusable(path, format!("the file is damaged: {}", found.join("; "))))
}

/// Copies a database to a new file, which gets its name when it is complete and on the disk.
async fn copy(options: &SqliteOptions, from: SqliteConnectOptions, target: &Path) -> Result<(), StoreError> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let new = beside(target, &format!("-copy-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed)));
    let guard = Unfinished(new.clone());
    write(options, from, &new, target).await?;
    place(&new, target).map_err(|reason| unusable(target, reason))?;
    drop(guard);
    Ok(())
}

/// Removes a file that is not finished, also when its future is dropped.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let _ = std::fs::remove_file(beside(&self.0, suffix));
        }
    }
}

async fn write(
    options: &SqliteOptions,
    from: SqliteConnectOptions,
    new: &Path,
    target: &Path,
) -> Result<(), StoreError> {
    let failed = |e: sqlx::Error| crate::error::at_copy(target, &e);
    let mut conn = from.connect().await.map_err(failed)?;
    let name = new.to_str().ok_or_else(|| unusable(target, "its name is not UTF-8"))?.to_owned();
    let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&mut conn).await;
    conn.close().await.map_err(failed)?;
    copied.map_err(failed)?;
    // As a hub is opened: the switch to the log is made before anybody can see the file.
    let mut conn = connect_options(options, new).connect().await.map_err(failed)?;
    let settled = pragma::apply(&mut conn, &pragma::of_writer(options)).await;
    conn.close().await.map_err(failed)?;
    settled.map_err(|reason| unusable(target, reason))
}

/// Never over another file: a link fails where a rename would replace.
fn place(new: &Path, target: &Path) -> Result<(), String> {
    use std::io::ErrorKind;
    let failed = |e: std::io::Error| format!("the copy cannot be put in place: {e}");
    std::fs::File::open(new).and_then(|file| file.sync_all()).map_err(failed)?;
    match std::fs::hard_link(new, target) {
        Ok(()) => {}
        Err(e) if e.kind() == ErrorKind::AlreadyExists => return Err(EXISTS.into()),
        // A file system without links.
        Err(_) if target.symlink_metadata().is_ok() => return Err(EXISTS.into()),
        Err(_) => std::fs::rename(new, target).map_err(failed)?,
    }
    sync_directory(target)
}
