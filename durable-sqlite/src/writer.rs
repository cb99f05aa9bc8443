//! The one connection that writes.

use durable_core::store::StoreError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqlSafeStr, SqliteConnection};

use crate::error::{at_commit, not_applied, primary_code};
use crate::pragma;
use crate::script::{Args, Step, Stopped, run};
use crate::sql::REFUSED;
use crate::stats::{Counters, add};

/// The connection that writes, and whether it may be inside a transaction.
pub(crate) struct Writer {
    /// `None` after an error that left it in an unknown state, and after close.
    conn: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    pragmas: Vec<pragma::Pragma>,
    /// A script was begun that holds a transaction, and nobody has seen its end: its future was
    /// dropped, or it failed.
    in_transaction: bool,
    /// Instance keys that this process has reserved.
    pub(crate) keys: std::ops::Range<i64>,
}

/// Why a script of a write transaction did not end well. It is rolled back.
pub(crate) enum WriteError {
    /// One of its checks refused it (see [`crate::sql::REFUSE`]), or a UNIQUE index.
    Refused,
    /// Anything else.
    Store(StoreError),
}

impl From<WriteError> for StoreError {
    fn from(e: WriteError) -> Self {
        match e {
            WriteError::Refused => StoreError::Fenced,
            WriteError::Store(e) => e,
        }
    }
}

impl Writer {
    pub(crate) fn new(conn: SqliteConnection, options: SqliteConnectOptions, pragmas: Vec<pragma::Pragma>) -> Self {
        Self { conn: Some(conn), options, pragmas, in_transaction: false, keys: 0..0 }
    }

    /// Makes it ready for a new transaction, whatever its last user left behind.
    pub(crate) async fn settle(&mut self, counters: &Counters) -> Result<(), StoreError> {
        if self.in_transaction && self.conn.is_some() {
            self.roll_back(counters).await;
        }
        if self.conn.is_none() {
            let mut conn = sqlx::ConnectOptions::connect(&self.options).await.map_err(|e| not_applied(&e))?;
            pragma::apply(&mut conn, &self.pragmas).await.map_err(StoreError::Other)?;
            self.conn = Some(conn);
            self.in_transaction = false;
        }
        Ok(())
    }

    /// Runs a script that opens a transaction and leaves it open.
    pub(crate) async fn begin(
        &mut self,
        counters: &Counters,
        sql: impl SqlSafeStr,
        args: Args,
    ) -> Result<Vec<Step>, WriteError> {
        self.script(counters, sql, args, None).await
    }

    /// Runs a script whose last statement, the one of this index, is COMMIT.
    pub(crate) async fn commit(
        &mut self,
        counters: &Counters,
        sql: impl SqlSafeStr,
        args: Args,
        commit_index: usize,
    ) -> Result<Vec<Step>, WriteError> {
        let steps = self.script(counters, sql, args, Some(commit_index)).await?;
        self.in_transaction = false;
        add(&counters.write_transactions, 1);
        Ok(steps)
    }

    async fn script(
        &mut self,
        counters: &Counters,
        sql: impl SqlSafeStr,
        args: Args,
        commit_index: Option<usize>,
    ) -> Result<Vec<Step>, WriteError> {
        const ERROR: i32 = 1;
        const CONSTRAINT: i32 = 19;
        let conn = self.conn.as_mut().ok_or(WriteError::Store(StoreError::Closed))?;
        self.in_transaction = true;
        let Stopped { at, error } = match run(conn, counters, sql, args).await {
            Ok(steps) => return Ok(steps),
            Err(stopped) => stopped,
        };
        let rolled_back = self.roll_back(counters).await;
        let code = primary_code(&error);
        // By a check, or two turns from one base in one batch. A COMMIT gives neither, so this is also
        // known of a statement that is a transaction of its own.
        let refused = (code == Some(ERROR) && error.to_string().contains(REFUSED)) || code == Some(CONSTRAINT);
        // An error that SQLite did not report itself (its thread is gone) does not tell where
        // the script stopped.
        let may_have_committed = commit_index.is_some_and(|commit| at >= commit || code.is_none());
        Err(if refused {
            WriteError::Refused
        } else if may_have_committed {
            WriteError::Store(at_commit(&error, rolled_back))
        } else {
            WriteError::Store(not_applied(&error))
        })
    }

    /// The connection itself, for a transaction that is not a script. Whoever borrows it says
    /// [`Writer::returned`] when the transaction has ended; else it is rolled back before the next.
    pub(crate) fn lend(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.in_transaction = true;
        self.conn.as_mut().ok_or(StoreError::Closed)
    }

    /// The transaction of [`Writer::lend`] has ended.
    pub(crate) fn returned(&mut self) {
        self.in_transaction = false;
    }

    /// Closes the connection, whatever it was in: SQLite rolls back what it had begun. The next
    /// [`Writer::settle`] opens another one.
    pub(crate) async fn give_up(&mut self) {
        if let Some(conn) = self.conn.take() {
            // The file's locks go with it; an error here leaves nothing more to do.
            let _ = conn.close_hard().await;
        }
    }

    /// Ends an open transaction, if there is one. If that cannot be said for certain, the
    /// connection is given up: SQLite rolls back what a closed connection had begun.
    pub(crate) async fn roll_back(&mut self, counters: &Counters) -> bool {
        let Some(conn) = self.conn.as_mut() else { return false };
        let none_open = |e: &sqlx::Error| e.to_string().contains("no transaction is active");
        match run(conn, counters, "ROLLBACK", Args::default()).await {
            Ok(_) => self.in_transaction = false,
            Err(stopped) if none_open(&stopped.error) => self.in_transaction = false,
            Err(stopped) => {
                tracing::warn!(error = %stopped.error, "ROLLBACK failed; the connection is opened anew");
                self.give_up().await;
                return false;
            }
        }
        true
    }

    /// Ends the writer for good.
    pub(crate) async fn close(&mut self, counters: &Counters) -> Result<(), StoreError> {
        if self.in_transaction {
            self.roll_back(counters).await;
        }
        match self.conn.take() {
            Some(conn) => conn.close().await.map_err(|e| not_applied(&e)),
            None => Ok(()),
        }
    }
}
