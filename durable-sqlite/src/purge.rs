//! Deleting: instances that have ended, with all that is kept of them, and old requests.

use durable_core::store::StoreError;
use durable_core::{ExecutionId, InstanceKey, Timestamp};
use sqlx::AssertSqlSafe;

use crate::SqliteStore;
use crate::records::{RecordSql, Records};
use crate::script::Args;
use crate::sql::FINISHED;

const NAMED: RecordSql = RecordSql { numbers: 1, texts: 0, fields: 2 };

/// The requests before `$1`, at most `$2`, oldest first.
pub(crate) const FORGET: &str = "BEGIN IMMEDIATE; \
    DELETE FROM durable_requests WHERE id IN (\
    SELECT id FROM durable_requests WHERE at < $1 ORDER BY at, id LIMIT $2); \
    COMMIT";

/// Deletes the instances that `$1` names by key and execution, if they have ended.
pub(crate) fn purge_sql() -> String {
    let (with, key, execution) = (NAMED.with(), NAMED.number(0), NAMED.number(1));
    let ended = format!(
        "FROM r CROSS JOIN durable_instances AS i ON i.key = {key} \
         WHERE i.execution = {execution} AND i.status IN {FINISHED}"
    );
    // An instance's tags are found by what its row says of them.
    format!(
        "BEGIN IMMEDIATE; \
         {with} DELETE FROM durable_tags WHERE (name, value, created_at, instance) IN (\
         SELECT j.key, j.value, e.created_at, e.key FROM (SELECT i.key, i.created_at, i.tags {ended} \
         AND i.tags IS NOT NULL) AS e CROSS JOIN json_each(e.tags) AS j); \
         {with} DELETE FROM durable_turns WHERE instance IN (SELECT i.key {ended}); \
         {with} DELETE FROM durable_inbox WHERE instance IN (SELECT i.key {ended}); \
         {with} DELETE FROM durable_instances WHERE key IN (SELECT i.key {ended}); \
         COMMIT"
    )
}

impl SqliteStore {
    pub(crate) async fn purge_finished(&self, instances: Vec<(InstanceKey, ExecutionId)>) -> Result<u64, StoreError> {
        const INSTANCES_AT: usize = 4;
        const COMMIT_AT: usize = 5;
        if instances.is_empty() {
            return Ok(0);
        }
        let mut named = Records::<2>::with_capacity(instances.len());
        for (key, execution) in instances {
            named.push([key.0, i64::from(execution.0)]);
        }
        let args = Args::default().with(named.numbers);
        let mut writer = self.writer().await?;
        let steps = writer.commit(&self.inner.counters, AssertSqlSafe(purge_sql()), args, COMMIT_AT).await?;
        Ok(steps.get(INSTANCES_AT).map_or(0, |step| step.changes))
    }

    pub(crate) async fn forget_old_requests(&self, before: Timestamp, limit: usize) -> Result<u64, StoreError> {
        const COMMIT_AT: usize = 2;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let args = Args::default().with(before.unix_micros()).with(limit);
        let mut writer = self.writer().await?;
        let steps = writer.commit(&self.inner.counters, FORGET, args, COMMIT_AT).await?;
        Ok(steps.get(1).map_or(0, |step| step.changes))
    }
}
