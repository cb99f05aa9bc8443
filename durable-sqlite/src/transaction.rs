//! Transactional activities: rows of the application and the completion of the activity in one
//! transaction, so that the rows are written exactly once.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use durable_core::history::{CODEC_VERSION, Event};
use durable_core::store::{Status, StoreError};
use durable_core::worker::TaskRef;
use durable_core::{ActivityContext, EventSeq, Payload, PayloadError};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::SqliteStore;
use crate::error::{at_commit, corrupt, not_applied};
use crate::records::{RecordSql, Records};
use crate::rows::{MESSAGE, TURN, column, message, number, status, turn};
use crate::script::{Args, rows_of, run};
use crate::writer::Writer;

/// What the closure of [`SqliteStore::transaction`] returns.
pub type TransactionFuture<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// Why a transactional activity has written nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError<E> {
    /// The closure returned this error.
    #[error("{0}")]
    Failed(E),
    /// The closure took longer than [`SqliteOptions::transaction_timeout`](crate::SqliteOptions::transaction_timeout).
    #[error("the transaction took longer than {0:?} and was rolled back")]
    TimedOut(Duration),
    /// Another worker has taken the instance over, and with it the call.
    #[error("the instance belongs to another worker now")]
    Lost,
    /// Nobody waits for this attempt any more: it has a result, was cancelled or ran out of time,
    /// or its execution has ended.
    #[error("the call has been settled already")]
    Settled,
    /// The context is that of a unit test: there is no call to complete.
    #[error("this is not an activity that a worker runs")]
    NoCall,
    /// The value cannot be recorded.
    #[error(transparent)]
    Value(#[from] PayloadError),
    /// The store failed. If the error is [`StoreError::Unknown`], it may have been committed: then
    /// the call has its result in the store, and this attempt's end is not looked at.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const INSERT: RecordSql = RecordSql { numbers: 1, texts: 2, fields: 3 };

/// `$1` the instance, `$2` the worker.
pub(crate) const OWNER: &str = "SELECT (SELECT epoch FROM durable_workers WHERE id = $2 AND fenced = 0), \
    i.owner, i.execution, i.status FROM durable_instances AS i WHERE i.key = $1";

/// `$1` the instance, `$2` its execution.
pub(crate) fn waiting_sql() -> String {
    format!("SELECT {MESSAGE} FROM durable_inbox AS m WHERE m.instance = $1 AND coalesce(m.execution, $2) = $2")
}

/// The last turns before `$3`.
pub(crate) fn turns_sql() -> String {
    const TURNS: usize = 16;
    format!(
        "SELECT {TURN} FROM durable_turns AS t WHERE t.instance = $1 AND t.execution = $2 AND t.seq < $3 \
         ORDER BY t.seq DESC LIMIT {TURNS}"
    )
}

/// `$3` the instance, `$4` its execution, `$5` the format.
fn insert_sql() -> String {
    format!(
        "{with} INSERT INTO durable_inbox (instance, execution, codec, message) \
         SELECT $3, $4, {codec}, {body} FROM r RETURNING id",
        with = INSERT.with(),
        codec = INSERT.number(0),
        body = INSERT.body(1),
    )
}

/// Whether a call still waits for the result of this attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Waits,
    Lost,
    Settled,
}

impl SqliteStore {
    /// Runs a closure on the hub's own connection and commits what it writes together with the
    /// completion of the activity that calls this: both or neither, exactly once, whenever the
    /// process is killed, and though activities as such run at least once.
    ///
    /// The application's tables live in the hub's file. Names that begin with `durable_`, and
    /// `history_events`, are the hub's. The closure gets the connection inside a savepoint; it may
    /// `begin()` further ones, and must not `COMMIT` or `ROLLBACK` by itself.
    ///
    /// The value that the closure returns is the result of the activity, and what the activity returns
    /// afterwards is ignored. So this is the last thing that it does:
    ///
    /// ```no_run
    /// # use durable_core::ActivityContext;
    /// use durable_sqlite::SqliteStore;
    ///
    /// async fn book(ctx: ActivityContext, amount: i64) -> durable_core::Result<i64> {
    ///     let store = ctx.data::<SqliteStore>();
    ///     let booked = store.transaction(&ctx, |tx| {
    ///         Box::pin(async move {
    ///             sqlx::query("INSERT INTO bookings (amount) VALUES (?)").bind(amount).execute(&mut *tx).await?;
    ///             let sum = sqlx::query_scalar("SELECT sum(amount) FROM bookings").fetch_one(&mut *tx).await?;
    ///             Ok::<i64, sqlx::Error>(sum)
    ///         })
    ///     });
    ///     Ok(booked.await?)
    /// }
    /// ```
    ///
    /// While the closure runs, nothing else of the hub is committed: do the slow work before. It may
    /// take 5 s, or what
    /// [`SqliteOptions::transaction_timeout`](crate::SqliteOptions::transaction_timeout) says. It must
    /// not wait for anything that writes to the hub (a client's call, another transaction): that
    /// waits for the closure.
    ///
    /// Give the worker the same store, or a clone. To be polled in a tokio runtime with a timer, as
    /// activities are.
    ///
    /// # Errors
    ///
    /// See [`TransactionError`]. Nothing was written then, except perhaps with
    /// [`StoreError::Unknown`]. Return the error: the activity fails with it as with any other, and
    /// is retried if its call says so; where nobody waits for it any more, nobody sees it.
    pub async fn transaction<T, E, F>(&self, ctx: &ActivityContext, work: F) -> Result<T, TransactionError<E>>
    where
        T: Serialize + Send,
        E: Send,
        F: for<'t> FnOnce(&'t mut SqliteConnection) -> TransactionFuture<'t, T, E> + Send,
    {
        let task = ctx.task_ref().ok_or(TransactionError::NoCall)?;
        // From here on the engine does not give this attempt up.
        if !ctx.begin_completion_in_store() {
            return Err(TransactionError::Settled);
        }
        let done = self.transaction_of(task, work).await;
        match &done {
            Ok(_) => ctx.set_completed_in_store(),
            // It may be there: the engine looks.
            Err(TransactionError::Store(StoreError::Unknown(_))) => {}
            Err(_) => ctx.abandon_completion_in_store(),
        }
        done
    }

    /// [`SqliteStore::transaction`] for a call that is given by its place in the store.
    #[doc(hidden)]
    pub async fn transaction_of<T, E, F>(&self, task: TaskRef, work: F) -> Result<T, TransactionError<E>>
    where
        T: Serialize + Send,
        E: Send,
        F: for<'t> FnOnce(&'t mut SqliteConnection) -> TransactionFuture<'t, T, E> + Send,
    {
        let mut writer = self.writer().await?;
        let result = self.write_and_complete(&mut writer, task, work).await;
        match result {
            Ok((value, None)) => {
                writer.returned();
                Ok(value)
            }
            Ok((value, Some((error, message)))) => match self.resolve(&mut writer, task, message, error).await {
                Ok(()) => Ok(value),
                Err(e) => Err(e.into()),
            },
            Err(e) => {
                // Its guards have rolled it back, unless the closure ended it by itself: then sqlx counts
                // a transaction that is not there.
                writer.roll_back(&self.inner.counters).await;
                if writer.lend().is_ok_and(|conn| conn.is_in_transaction()) {
                    writer.give_up().await;
                }
                writer.returned();
                Err(e)
            }
        }
    }

    /// The value; and if it is open whether the commit happened, why, and the message's number.
    async fn write_and_complete<T, E, F>(
        &self,
        writer: &mut Writer,
        task: TaskRef,
        work: F,
    ) -> Result<(T, Option<(StoreError, i64)>), TransactionError<E>>
    where
        T: Serialize + Send,
        E: Send,
        F: for<'t> FnOnce(&'t mut SqliteConnection) -> TransactionFuture<'t, T, E> + Send,
    {
        let limit = self.inner.options.transaction_timeout;
        let failed = |e: sqlx::Error| TransactionError::Store(not_applied(&e));
        let ended = |e: sqlx::Error| {
            let reason = "the closure has ended the transaction that it was given (COMMIT or ROLLBACK)";
            TransactionError::Store(StoreError::Other(format!("{reason}: {e}")))
        };
        let mut transaction = writer.lend()?.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        match self.standing(&mut transaction, task).await? {
            Standing::Waits => {}
            Standing::Lost => return Err(TransactionError::Lost),
            Standing::Settled => return Err(TransactionError::Settled),
        }
        let mut savepoint = transaction.begin().await.map_err(failed)?;
        let worked = tokio::time::timeout(limit, work(&mut savepoint)).await;
        let value = match worked {
            Ok(Ok(value)) => value,
            Ok(Err(e)) => return Err(TransactionError::Failed(e)),
            Err(_) => return Err(TransactionError::TimedOut(limit)),
        };
        let result = Payload::encode(&value)?;
        savepoint.commit().await.map_err(ended)?;
        let event = Event::TaskCompleted { id: task.task, attempt: task.attempt, result };
        let message = self.complete(&mut transaction, task, &event).await?;
        match transaction.commit().await {
            Ok(()) => Ok((value, None)),
            // Dropping the guard has begun to roll it back.
            Err(e) => match at_commit(&e, true) {
                unknown @ StoreError::Unknown(_) => Ok((value, Some((unknown, message)))),
                known => Err(known.into()),
            },
        }
    }

    /// Puts the completion into the inbox.
    async fn complete(&self, conn: &mut SqliteConnection, task: TaskRef, event: &Event) -> Result<i64, StoreError> {
        let mut records = Records::<3>::with_capacity(1);
        let failed = |e: serde_json::Error| StoreError::Other(format!("a message cannot be written as JSON: {e}"));
        let ([at, length], flags) = records.json(event, &self.inner.sealer).map_err(failed)?;
        records.push([i64::from(CODEC_VERSION | flags), at, length]);
        let args = Args::default().with(records.numbers).with(records.texts);
        let args = args.with(task.key.0).with(i64::from(task.execution.0));
        let rows = self.rows(conn, insert_sql(), args).await?;
        rows.first().map(|row| column(row, 0)).transpose()?.ok_or_else(|| corrupt("an inserted row has no id"))
    }

    async fn rows(
        &self,
        conn: &mut SqliteConnection,
        text: impl Into<String>,
        args: Args,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let steps = run(conn, &self.inner.counters, AssertSqlSafe(text.into()), args).await;
        Ok(rows_of(&mut steps.map_err(|stopped| not_applied(&stopped.error))?, 0))
    }

    /// Whether the call waits for this attempt, by all that is durable.
    async fn standing(&self, conn: &mut SqliteConnection, task: TaskRef) -> Result<Standing, StoreError> {
        let sealer = &self.inner.sealer;
        let args = || Args::default().with(task.key.0);
        let rows = self.rows(conn, OWNER, args().with(task.lease.worker.0)).await?;
        let Some(row) = rows.first() else { return Ok(Standing::Lost) };
        let current: Status = status(row, 3)?;
        if number::<u32>(row, 2)? != task.execution.0 || current.is_finished() {
            return Ok(Standing::Settled);
        }
        let epoch: Option<i64> = column(row, 0)?;
        let owner: Option<i64> = column(row, 1)?;
        if epoch != Some(task.lease.epoch.0 as i64) || owner != Some(task.lease.worker.0) {
            return Ok(Standing::Lost);
        }
        let args = || args().with(i64::from(task.execution.0));
        for row in self.rows(conn, waiting_sql(), args()).await? {
            if settles(&message(&row, sealer)?.message, task) {
                return Ok(Standing::Settled);
            }
        }
        // Backwards to the turn that scheduled this attempt; mostly it is one of the last.
        let mut before = EventSeq(i64::MAX as u64);
        loop {
            let rows = self.rows(conn, turns_sql(), args().with(before.0 as i64)).await?;
            if rows.is_empty() {
                return Ok(Standing::Settled);
            }
            for row in rows {
                let packed = turn(&row, sealer)?;
                before = packed.seq;
                let turn = packed.unpack().map_err(corrupt)?;
                if turn.messages.iter().chain(&turn.decisions).any(|event| settles(event, task)) {
                    return Ok(Standing::Settled);
                }
                let scheduled = |e: &Event| matches!(e, Event::TaskScheduled { id, attempt, .. } if (*id, *attempt) == (task.task, task.attempt));
                if turn.decisions.iter().any(scheduled) {
                    return Ok(Standing::Waits);
                }
            }
        }
    }

    /// Finds out what became of a commit whose outcome is unknown: whatever of it is not seen by a
    /// write transaction after it is gone for good.
    async fn resolve(
        &self,
        writer: &mut Writer,
        task: TaskRef,
        id: i64,
        unknown: StoreError,
    ) -> Result<(), StoreError> {
        const LOOK: &str = "BEGIN IMMEDIATE; \
            UPDATE durable_workers SET reloads = reloads + 1 WHERE id = $1; \
            SELECT EXISTS (SELECT 1 FROM durable_inbox WHERE id = $2 AND instance = $3); \
            COMMIT";
        const COMMIT_AT: usize = 3;
        let counters = &self.inner.counters;
        let unknown = |_| unknown.clone();
        writer.give_up().await;
        writer.settle(counters).await.map_err(unknown)?;
        let args = Args::default().with(task.lease.worker.0).with(id).with(task.key.0);
        let looked = writer.commit(counters, LOOK, args, COMMIT_AT).await;
        let mut steps = looked.map_err(|e| unknown(StoreError::from(e)))?;
        let found = rows_of(&mut steps, 2).first().map(|row| column::<bool>(row, 0)).transpose()?;
        if found == Some(true) {
            return Ok(());
        }
        // Not there: never written, or taken out already by who has the instance now.
        let standing = self.standing(writer.lend()?, task).await;
        writer.returned();
        match standing {
            Ok(Standing::Waits) => Err(StoreError::Other("the commit of a transaction failed".into())),
            _ => Err(unknown(StoreError::Closed)),
        }
    }
}

/// Whether this event ends the attempt, or the execution.
fn settles(event: &Event, task: TaskRef) -> bool {
    match event {
        Event::TaskCompleted { id, .. } | Event::TaskCanceled { id } => *id == task.task,
        Event::TaskFailed { id, attempt, .. } => *id == task.task && *attempt >= task.attempt,
        Event::TaskScheduled { id, attempt, .. } => *id == task.task && *attempt > task.attempt,
        event => event.is_terminal(),
    }
}
