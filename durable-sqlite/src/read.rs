//! Reading, through the read-only connections.

use durable_core::history::PackedTurn;
use durable_core::store::{InboxMessage, InstanceRecord, Lease, Status, StoreError};
use durable_core::{ExecutionId, InstanceId, InstanceKey, MessageId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::SqliteStore;
use crate::claim::{json_of, require_lease};
use crate::error::{not_applied, primary_code};
use crate::rows::{INSTANCE, MESSAGE, TURN, column, instance, key, message, number, status, turn};
use crate::script::{Args, Step, rows_of, run};
use crate::sql::REFUSED;

impl SqliteStore {
    async fn read_script(&self, sql: impl SqlSafeStr, args: Args) -> Result<Vec<Step>, sqlx::Error> {
        let mut reader = self.reader().await;
        let Some(conn) = reader.as_mut() else { return Err(sqlx::Error::PoolClosed) };
        run(conn, &self.inner.counters, sql, args).await.map_err(|stopped| stopped.error)
    }

    /// The rows of one statement.
    pub(crate) async fn read(&self, sql: impl SqlSafeStr, args: Args) -> Result<Vec<SqliteRow>, StoreError> {
        let mut steps = self.read_script(sql, args).await.map_err(|e| read_error(&e))?;
        Ok(rows_of(&mut steps, 0))
    }

    /// The results of a script.
    pub(crate) async fn read_all(&self, sql: impl SqlSafeStr, args: Args) -> Result<Vec<Step>, StoreError> {
        self.read_script(sql, args).await.map_err(|e| read_error(&e))
    }

    /// The results of a script that begins with [`require_lease`].
    pub(crate) async fn read_as_worker(&self, sql: impl SqlSafeStr, args: Args) -> Result<Vec<Step>, StoreError> {
        const ERROR: i32 = 1;
        self.read_script(sql, args).await.map_err(|e| {
            let refused = primary_code(&e) == Some(ERROR) && e.to_string().contains(REFUSED);
            if refused { StoreError::Fenced } else { read_error(&e) }
        })
    }

    pub(crate) async fn instance_by_id(&self, id: InstanceId) -> Result<Option<InstanceRecord>, StoreError> {
        let text = format!("SELECT {INSTANCE} FROM durable_instances AS i WHERE i.id = $1");
        let rows = self.read(AssertSqlSafe(text), Args::default().with(id.as_str().to_owned())).await?;
        rows.first().map(|row| instance(row, &self.inner.sealer)).transpose()
    }

    pub(crate) async fn instances_after(
        &self,
        after: InstanceKey,
        limit: usize,
    ) -> Result<Vec<InstanceRecord>, StoreError> {
        let text = format!("SELECT {INSTANCE} FROM durable_instances AS i WHERE i.key > $1 ORDER BY i.key LIMIT $2");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.read(AssertSqlSafe(text), Args::default().with(after.0).with(limit)).await?;
        rows.iter().map(|row| instance(row, &self.inner.sealer)).collect()
    }

    pub(crate) async fn statuses_of(
        &self,
        keys: Vec<InstanceKey>,
    ) -> Result<Vec<(InstanceKey, ExecutionId, Status)>, StoreError> {
        let text = "SELECT i.key, i.execution, i.status FROM json_each($1) AS k CROSS JOIN durable_instances AS i ON i.key = k.value";
        let rows = self.read(text, Args::default().with(json_of(&keys))).await?;
        rows.iter().map(|row| Ok((key(row, 0)?, ExecutionId(number(row, 1)?), status(row, 2)?))).collect()
    }

    pub(crate) async fn turns_of(
        &self,
        key: InstanceKey,
        execution: ExecutionId,
    ) -> Result<Vec<PackedTurn>, StoreError> {
        let text = format!("SELECT {TURN} FROM durable_turns AS t WHERE instance = $1 AND execution = $2 ORDER BY seq");
        let rows = self.read(AssertSqlSafe(text), Args::default().with(key.0).with(i64::from(execution.0))).await?;
        rows.iter().map(|row| turn(row, &self.inner.sealer)).collect()
    }

    pub(crate) async fn last_turn_of(
        &self,
        key: InstanceKey,
        execution: ExecutionId,
    ) -> Result<Option<PackedTurn>, StoreError> {
        let text = format!(
            "SELECT {TURN} FROM durable_turns AS t WHERE instance = $1 AND execution = $2 ORDER BY seq DESC LIMIT 1"
        );
        let rows = self.read(AssertSqlSafe(text), Args::default().with(key.0).with(i64::from(execution.0))).await?;
        rows.first().map(|row| turn(row, &self.inner.sealer)).transpose()
    }

    pub(crate) async fn first_turn_of(
        &self,
        key: InstanceKey,
        execution: ExecutionId,
    ) -> Result<Option<PackedTurn>, StoreError> {
        let text = format!(
            "SELECT {TURN} FROM durable_turns AS t WHERE instance = $1 AND execution = $2 ORDER BY seq LIMIT 1"
        );
        let rows = self.read(AssertSqlSafe(text), Args::default().with(key.0).with(i64::from(execution.0))).await?;
        rows.first().map(|row| turn(row, &self.inner.sealer)).transpose()
    }

    pub(crate) async fn executions_of(&self, key: InstanceKey) -> Result<Vec<ExecutionId>, StoreError> {
        let rows = self.read(EXECUTIONS, Args::default().with(key.0)).await?;
        rows.iter().map(|row| Ok(ExecutionId(number(row, 0)?))).collect()
    }

    pub(crate) async fn mail_after(&self, lease: Lease, after: MessageId) -> Result<Vec<InboxMessage>, StoreError> {
        let text = format!("{}; {}", require_lease(), mail_sql());
        let args = Args::default().with(lease.worker.0).with(lease.epoch.0 as i64).with(after.0);
        let mut steps = self.read_as_worker(AssertSqlSafe(text), args).await?;
        rows_of(&mut steps, 1).iter().map(|row| message(row, &self.inner.sealer)).collect()
    }

    pub(crate) async fn whole_inbox(&self) -> Result<Vec<InboxMessage>, StoreError> {
        let text = format!("SELECT {MESSAGE} FROM durable_inbox AS m ORDER BY m.id");
        let rows = self.read(AssertSqlSafe(text), Args::default()).await?;
        rows.iter().map(|row| message(row, &self.inner.sealer)).collect()
    }

    pub(crate) async fn messages_to(&self, key: InstanceKey) -> Result<Vec<InboxMessage>, StoreError> {
        let text = format!("SELECT {MESSAGE} FROM durable_inbox AS m WHERE m.instance = $1 ORDER BY m.id");
        let rows = self.read(AssertSqlSafe(text), Args::default().with(key.0)).await?;
        rows.iter().map(|row| message(row, &self.inner.sealer)).collect()
    }

    pub(crate) async fn earliest_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        let rows = self.read(NEXT_WAKE, Args::default()).await?;
        let wake = rows.first().map(|row| column::<Option<i64>>(row, 0)).transpose()?.flatten();
        Ok(wake.map(Timestamp::from_unix_micros))
    }
}

pub(crate) fn mail_sql() -> String {
    format!(
        "SELECT {MESSAGE} FROM durable_inbox AS m CROSS JOIN durable_instances AS i ON i.key = m.instance \
         WHERE m.id > $3 AND i.owner = $1 ORDER BY m.id"
    )
}

pub(crate) const NEXT_WAKE: &str = "SELECT min(wake_at) FROM durable_instances WHERE wake_at IS NOT NULL";

/// From one to the next, past all turns between.
pub(crate) const EXECUTIONS: &str = "WITH RECURSIVE e(n) AS (\
    SELECT min(execution) FROM durable_turns WHERE instance = $1 \
    UNION ALL SELECT (SELECT min(execution) FROM durable_turns WHERE instance = $1 AND execution > e.n) \
    FROM e WHERE e.n IS NOT NULL) SELECT n FROM e WHERE n IS NOT NULL ORDER BY n";

fn read_error(e: &sqlx::Error) -> StoreError {
    match e {
        sqlx::Error::PoolClosed => StoreError::Closed,
        e => not_applied(e),
    }
}
