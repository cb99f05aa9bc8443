//! The settings of a connection. Each is read back: SQLite ignores a PRAGMA that it does not
//! understand, and a peer that set `synchronous = WAL` in this way ran without fsync.

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::options::SqliteOptions;

/// "dura" as a number: what `PRAGMA application_id` says of a task hub.
pub(crate) const APPLICATION_ID: i64 = 0x6475_7261;

/// A setting and the value that it must read back as.
#[derive(Clone, Debug)]
pub(crate) struct Pragma {
    name: &'static str,
    value: String,
    reads_back: String,
}

fn pragma(name: &'static str, value: impl ToString) -> Pragma {
    let value = value.to_string();
    Pragma { name, reads_back: value.to_lowercase(), value }
}

/// What every connection has.
fn common(options: &SqliteOptions) -> Vec<Pragma> {
    vec![
        // How long a statement waits for a lock of another connection before SQLITE_BUSY.
        pragma("busy_timeout", options.busy_timeout.as_millis()),
        // Sorters and materialised subqueries of a batch stay out of the file system.
        pragma("temp_store", 2),
    ]
}

/// What the writing connection has.
pub(crate) fn of_writer(options: &SqliteOptions) -> Vec<Pragma> {
    // Automatic checkpoints, in pages: a log of 4 MB. Overwriting a log costs half of extending it,
    // so a small one that is soon overwritten beats a large one: one instance of 2,000 steps made
    // 2,208 steps/s with 1,000 and 1,398 with 10,000 pages (of 16 KiB), and 5,000 chains lost nothing.
    const WAL_AUTOCHECKPOINT_PAGES: i64 = 1_000;
    // The page cache in KiB (hence the sign): holds the upper pages of the indexes of a hub with
    // a million instances, and costs nothing until it is used.
    const CACHE_KIB: i64 = -65_536;
    let mut all = common(options);
    all.extend([
        // Readers beside the writer, one fsync per commit.
        pragma("journal_mode", "wal"),
        // FULL: the WAL is synced at every commit. With NORMAL acknowledged commits were lost in
        // 2,576 of 4,590 power-loss images, with FULL in none.
        pragma("synchronous", options.durability.synchronous()),
        pragma("wal_autocheckpoint", WAL_AUTOCHECKPOINT_PAGES),
        pragma("cache_size", CACHE_KIB),
        // No limit: overwriting a WAL costs half of extending it, so it is never cut.
        pragma("journal_size_limit", -1),
        // No table declares one today; one that a migration adds is to be enforced.
        pragma("foreign_keys", 1),
    ]);
    all
}

/// What a reading connection has.
pub(crate) fn of_reader(options: &SqliteOptions) -> Vec<Pragma> {
    // 8 MiB: point reads and short ranges.
    const CACHE_KIB: i64 = -8_192;
    let mut all = common(options);
    all.extend([
        pragma("cache_size", CACHE_KIB),
        // Nothing writes through it, whatever the statement.
        pragma("query_only", 1),
    ]);
    all
}

/// Sets them and reads each back.
pub(crate) async fn apply(conn: &mut SqliteConnection, pragmas: &[Pragma]) -> Result<(), String> {
    for p in pragmas {
        set_and_check(conn, p).await?;
    }
    Ok(())
}

async fn set_and_check(conn: &mut SqliteConnection, p: &Pragma) -> Result<(), String> {
    let Pragma { name, value, reads_back } = p;
    let failed = |e: sqlx::Error| format!("PRAGMA {name} = {value} failed: {e}");
    sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA {name} = {value}"))).execute(&mut *conn).await.map_err(failed)?;
    let found = read(conn, name).await.map_err(failed)?;
    if found == *reads_back {
        Ok(())
    } else {
        Err(format!("PRAGMA {name} was set to {value}, but SQLite says {found:?}"))
    }
}

/// The value of a PRAGMA as text.
pub(crate) async fn read(conn: &mut SqliteConnection, name: &str) -> Result<String, sqlx::Error> {
    let row = sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA {name}"))).fetch_one(conn).await?;
    row.try_get::<i64, _>(0).map(|n| n.to_string()).or_else(|_| row.try_get::<String, _>(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::wait;

    #[test]
    fn what_sqlite_ignores_is_an_error() {
        use sqlx::Connection as _;
        let mut conn = wait(SqliteConnection::connect("sqlite::memory:")).unwrap();
        let mut check = |name, value: &str| wait(apply(&mut conn, &[pragma(name, value)]));
        assert_eq!(check("cache_size", "-77"), Ok(()));
        // SQLite takes a word that it does not know for NORMAL.
        let error = check("synchronous", "WAL").unwrap_err();
        assert_eq!(error, "PRAGMA synchronous was set to WAL, but SQLite says \"1\"");
        assert!(check("journal_mode", "wal").unwrap_err().contains("says \"memory\""));
        assert!(check("no_such_setting", "1").unwrap_err().contains("failed"));
    }
}
