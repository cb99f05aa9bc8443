//! Running several statements in one call.
//!
//! A call into sqlx costs two thread hops (about 10 µs), whatever it does. So what belongs
//! together is one text of several statements, and its results are read one by one.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, Either, Executor as _, SqlSafeStr, SqliteConnection};

use crate::stats::{Counters, add};

/// What one statement gave.
#[derive(Default)]
pub(crate) struct Step {
    pub(crate) rows: Vec<SqliteRow>,
    pub(crate) changes: u64,
}

/// A script that stopped.
pub(crate) struct Stopped {
    /// How many statements had ended well: the index of the one that failed.
    pub(crate) at: usize,
    pub(crate) error: sqlx::Error,
}

/// The arguments `$1`, `$2` … of a script.
#[derive(Default)]
pub(crate) struct Args(SqliteArguments, Option<sqlx::error::BoxDynError>);

impl Args {
    pub(crate) fn with<'q, T>(mut self, value: T) -> Self
    where
        T: sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        if let Err(e) = self.0.add(value) {
            self.1.get_or_insert(e);
        }
        self
    }
}

/// Runs a script to its end. All its statements are prepared once and kept by its text.
pub(crate) async fn run(
    conn: &mut SqliteConnection,
    counters: &Counters,
    sql: impl SqlSafeStr,
    args: Args,
) -> Result<Vec<Step>, Stopped> {
    if let Some(e) = args.1 {
        return Err(Stopped { at: 0, error: sqlx::Error::Encode(e) });
    }
    add(&counters.calls, 1);
    let mut results = conn.fetch_many(sqlx::query_with(sql, args.0));
    let mut steps: Vec<Step> = Vec::new();
    let mut current = Step::default();
    loop {
        match poll_fn(|cx| Pin::new(&mut results).poll_next(cx)).await {
            Some(Ok(Either::Right(row))) => current.rows.push(row),
            Some(Ok(Either::Left(done))) => {
                current.changes = done.rows_affected();
                steps.push(std::mem::take(&mut current));
            }
            Some(Err(error)) => {
                add(&counters.statements, steps.len() as u64 + 1);
                return Err(Stopped { at: steps.len(), error });
            }
            None => break,
        }
    }
    add(&counters.statements, steps.len() as u64);
    Ok(steps)
}

/// The rows of a script's statement, by its index.
pub(crate) fn rows_of(steps: &mut [Step], index: usize) -> Vec<SqliteRow> {
    steps.get_mut(index).map(|step| std::mem::take(&mut step.rows)).unwrap_or_default()
}
