//! Making and opening the file.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use durable_core::store::StoreError;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqlSafeStr as _, SqliteConnection};

use crate::file::{Found, Use, inspect, resolve, unusable};
use crate::options::SqliteOptions;
use crate::pragma::{self, APPLICATION_ID};
use crate::writer::Writer;

/// The open connections of a store.
pub(crate) struct Connections {
    pub(crate) path: PathBuf,
    pub(crate) writer: Writer,
    pub(crate) readers: Vec<SqliteConnection>,
}

/// SQLite before this can damage a database when its WAL is reset.
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);

/// Every schema, oldest first. One is never changed once it is released.
const MIGRATIONS: [(i64, &str, &str); 1] = [(1, "hub", include_str!("../migrations/0001_hub.sql"))];

/// The newest schema.
const SCHEMA_VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

pub(crate) async fn open(options: &SqliteOptions) -> Result<Connections, StoreError> {
    let path = resolve(&options.path)?;
    let found = inspect(&path, Use::Write)?;
    check_library(&path).await?;
    let version = match found {
        Found::Hub => schema_version(options, &path).await?,
        Found::Nothing if options.create_if_missing => {
            create(options, &path).await?;
            // By another process, perhaps: one of another build.
            schema_version(options, &path).await?
        }
        Found::Nothing => return Err(unusable(&path, "there is no such file")),
    };
    let failed = |e: sqlx::Error| unusable(&path, format!("it cannot be opened: {e}"));
    let to_writer = connect_options(options, &path);
    let mut conn = to_writer.connect().await.map_err(failed)?;
    let pragmas = pragma::of_writer(options);
    pragma::apply(&mut conn, &pragmas).await.map_err(|reason| unusable(&path, reason))?;
    if version < SCHEMA_VERSION {
        migrate(&mut conn, &path).await?;
    }
    let mut readers = Vec::with_capacity(options.readers);
    for _ in 0..options.readers {
        readers.push(reader(options, &path).await?);
    }
    Ok(Connections { writer: Writer::new(conn, to_writer, pragmas), readers, path })
}

pub(crate) fn connect_options(options: &SqliteOptions, path: &Path) -> SqliteConnectOptions {
    // A script's texts are few (one per set of statements that a batch needs); all stay prepared.
    const STATEMENTS_KEPT: usize = 256;
    // Rows that SQLite's thread hands over before it waits: reading 1,000 rows costs 0.74 ms
    // with 1,000, and 1.3 ms with sqlx's 50.
    const ROWS_AHEAD: usize = 1_000;
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(options.busy_timeout)
        .statement_cache_capacity(STATEMENTS_KEPT)
        .row_buffer_size(ROWS_AHEAD)
        .disable_statement_logging();
    match &options.vfs {
        Some(vfs) => connect.vfs(vfs.clone()),
        None => connect,
    }
}

async fn reader(options: &SqliteOptions, path: &Path) -> Result<SqliteConnection, StoreError> {
    let failed = |e: sqlx::Error| unusable(path, format!("it cannot be opened for reading: {e}"));
    let mut conn = connect_options(options, path).read_only(true).connect().await.map_err(failed)?;
    pragma::apply(&mut conn, &pragma::of_reader(options)).await.map_err(|reason| unusable(path, reason))?;
    Ok(conn)
}

async fn check_library(path: &Path) -> Result<(), StoreError> {
    let failed = |e: sqlx::Error| unusable(path, format!("SQLite does not work: {e}"));
    let mut conn = SqliteConnectOptions::new().in_memory(true).connect().await.map_err(failed)?;
    let version: String =
        sqlx::query("SELECT sqlite_version()").fetch_one(&mut conn).await.and_then(|r| r.try_get(0)).map_err(failed)?;
    conn.close().await.map_err(failed)?;
    check_version(&version).map_err(|reason| unusable(path, reason))
}

fn check_version(version: &str) -> Result<(), String> {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let found = (next(), next(), next());
    if found >= SQLITE_VERSION_MIN {
        return Ok(());
    }
    let (major, minor, patch) = SQLITE_VERSION_MIN;
    Err(format!(
        "the SQLite library is version {version}, which can damage databases when a WAL is reset; link {major}.{minor}.{patch} or later"
    ))
}

/// Refuses a hub of a newer build, through a connection that cannot write.
async fn schema_version(options: &SqliteOptions, path: &Path) -> Result<i64, StoreError> {
    // SQLITE_READONLY_RECOVERY and SQLITE_READONLY_ROLLBACK: whoever wrote last was killed, and what
    // it left behind is tidied up by the next who may write.
    const WANTS_RECOVERY: [&str; 2] = ["264", "776"];
    let failed = |e: sqlx::Error| unusable(path, format!("its schema cannot be read: {e}"));
    let wants_recovery =
        |e: &sqlx::Error| e.as_database_error().and_then(|e| e.code()).is_some_and(|c| WANTS_RECOVERY.contains(&&*c));
    let version = match read_schema_version(connect_options(options, path).read_only(true)).await {
        Err(e) if wants_recovery(&e) => read_schema_version(connect_options(options, path)).await,
        version => version,
    };
    check_schema_version(path, version.map_err(failed)?)
}

/// Refuses a file of a newer build.
pub(crate) async fn check_schema(path: &Path, connect: SqliteConnectOptions) -> Result<(), StoreError> {
    let failed = |e: sqlx::Error| unusable(path, format!("its schema cannot be read: {e}"));
    let version = read_schema_version(connect).await.map_err(failed)?;
    check_schema_version(path, version).map(drop)
}

fn check_schema_version(path: &Path, version: i64) -> Result<i64, StoreError> {
    if version > SCHEMA_VERSION {
        return Err(unusable(
            path,
            format!("its schema is version {version}, but this build knows up to {SCHEMA_VERSION}; run a newer build"),
        ));
    }
    Ok(version)
}

async fn read_schema_version(connect: SqliteConnectOptions) -> Result<i64, sqlx::Error> {
    let mut conn = connect.connect().await?;
    let version = sqlx::query("SELECT coalesce(max(version), 0) FROM durable_migrations").fetch_one(&mut conn).await;
    let version = version.and_then(|row| row.try_get(0));
    conn.close().await?;
    version
}

/// Makes a hub under another name and gives it its own when it is complete: nobody ever sees
/// half a hub, and of two processes that make one at the same time one wins.
async fn create(options: &SqliteOptions, path: &Path) -> Result<(), StoreError> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let mut name = path.as_os_str().to_owned();
    name.push(format!("-new-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed)));
    let new = PathBuf::from(name);
    let made = build(options, &new).await.and_then(|()| place(&new, path));
    let _ = std::fs::remove_file(&new);
    made.map_err(|reason| unusable(path, reason))
}

async fn build(options: &SqliteOptions, new: &Path) -> Result<(), String> {
    let failed = |e: sqlx::Error| format!("it cannot be created: {e}");
    // Still with SQLite's own journal: so the header of the file is complete, not in a WAL.
    let mut conn = connect_options(options, new).create_if_missing(true).connect().await.map_err(failed)?;
    let page_bytes = options.page_bytes;
    let setup = format!("PRAGMA page_size = {page_bytes}; PRAGMA application_id = {APPLICATION_ID}");
    sqlx::raw_sql(AssertSqlSafe(setup)).execute(&mut conn).await.map_err(failed)?;
    migrate(&mut conn, new).await.map_err(|e| e.to_string())?;
    for (name, value) in [("page_size", i64::from(page_bytes)), ("application_id", APPLICATION_ID)] {
        let found = pragma::read(&mut conn, name).await.map_err(failed)?;
        if found != value.to_string() {
            return Err(format!("PRAGMA {name} was set to {value}, but SQLite says {found:?}"));
        }
    }
    // Here, and not under the hub's own name: the switch is a transaction with SQLite's old journal,
    // and a kill in the middle of it would leave a file that a reader cannot open.
    pragma::apply(&mut conn, &pragma::of_writer(options)).await?;
    conn.close().await.map_err(failed)
}

fn place(new: &Path, path: &Path) -> Result<(), String> {
    let placed = match std::fs::hard_link(new, path) {
        // Another process was faster; its hub is as good.
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        // A file system without links.
        Err(_) => std::fs::rename(new, path),
        Ok(()) => Ok(()),
    };
    placed.map_err(|e| format!("it cannot be created: {e}"))?;
    sync_directory(path)
}

/// Makes the name of a new file durable.
pub(crate) fn sync_directory(path: &Path) -> Result<(), String> {
    // The name must be as durable as what is written under it. Not every system can open a
    // directory, and then it needs no sync either.
    if let Some(directory) = path.parent().and_then(|dir| std::fs::File::open(dir).ok()) {
        directory.sync_all().map_err(|e| format!("its directory cannot be synced: {e}"))?;
    }
    Ok(())
}

async fn migrate(conn: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let failed = |e: String| unusable(path, format!("its schema cannot be brought up to date: {e}"));
    let migrations = MIGRATIONS.map(|(version, description, sql)| {
        Migration::new(version, Cow::Borrowed(description), MigrationType::Simple, sql.into_sql_str(), false)
    });
    // One transaction around all, so that two processes that open the same hub take turns.
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(|e| failed(e.to_string()))?;
    let mut migrator = Migrator::with_migrations(migrations.into());
    // sqlx's own name stays free for the application's migrations.
    migrator.dangerous_set_table_name("durable_migrations");
    migrator.run_direct(None, &mut *tx, false).await.map_err(|e| failed(e.to_string()))?;
    tx.commit().await.map_err(|e| failed(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn an_old_sqlite_is_refused() {
        assert!(check_version("3.51.3").is_ok());
        assert!(check_version("3.52.0").is_ok());
        assert!(check_version("4.0").is_ok());
        assert!(check_version("3.51.2").unwrap_err().contains("3.51.3 or later"));
        assert!(check_version("3.9.9").is_err());
        assert!(check_version("nonsense").is_err());
    }
}
