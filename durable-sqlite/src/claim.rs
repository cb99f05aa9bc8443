//! Taking instances over, and reading them back.

use durable_core::InstanceKey;
use durable_core::store::{Claim, ClaimedInstance, Lease, StoreError};
use sqlx::AssertSqlSafe;

use crate::SqliteStore;
use crate::contents::Contents;
use crate::rows::{INSTANCE, MESSAGE, TURN, key};
use crate::script::{Args, rows_of};
use crate::sql::{MAY_RUN, REFUSE};

/// `$1` and `$2` are a current lease, or the script stops here.
pub(crate) fn require_lease() -> String {
    format!(
        "SELECT CASE WHEN (SELECT epoch FROM durable_workers WHERE id = $1 AND fenced = 0) IS NOT $2 THEN {REFUSE} END"
    )
}

/// Instances that are ready at `$3`, for a worker that offers `$4`, at most `$5`.
///
/// First what dead workers left behind: it was running. Then what sleeps, by wake time. Each
/// half is bounded by itself and walks one partial index, so nothing is sorted.
fn ready() -> String {
    let offered = "((name, version) IN (SELECT value ->> 'name', value ->> 'version' FROM json_each($4)) \
        OR (name, version) NOT IN (SELECT o.value ->> 'name', o.value ->> 'version' \
            FROM durable_workers AS w JOIN json_each(w.offers) AS o WHERE w.fenced = 0))";
    format!(
        "SELECT key FROM (\
           SELECT * FROM (SELECT 0 AS half, 0 AS since, key FROM durable_instances \
             WHERE owner IN (SELECT id FROM durable_workers WHERE fenced = 1) AND status IN {MAY_RUN} \
             AND {offered} LIMIT $5) \
           UNION ALL \
           SELECT * FROM (SELECT 1 AS half, wake_at AS since, key FROM durable_instances \
             WHERE wake_at <= $3 AND {offered} ORDER BY wake_at, key LIMIT $5)\
         ) ORDER BY half, since, key LIMIT $5"
    )
}

pub(crate) fn any_ready_sql() -> String {
    format!("{}; SELECT EXISTS ({})", require_lease(), ready())
}

pub(crate) fn choose_sql() -> String {
    format!("BEGIN IMMEDIATE; {}; {}", require_lease(), ready())
}

/// Gives the instances in the JSON array `$1` to worker `$2` at `$3`, and reads them.
pub(crate) fn take_sql() -> String {
    format!(
        "UPDATE durable_instances SET crashes = crashes + (owner IS NOT NULL), owner = $2, wake_at = NULL, \
         status = CASE status WHEN 'Pending' THEN 'Running' ELSE status END, updated_at = $3 WHERE key IN (SELECT value FROM json_each($1)); \
         {}; {}; {FORGET_EMPTY_WORKERS}; COMMIT",
        instances_sql(),
        contents_sql()
    )
}

/// The rows of the instances in the JSON array `$1`.
fn instances_sql() -> String {
    format!(
        "SELECT {INSTANCE} FROM json_each($1) AS k CROSS JOIN durable_instances AS i ON i.key = k.value ORDER BY k.key"
    )
}

/// The turns and messages of the instances in the JSON array `$1`.
fn contents_sql() -> String {
    format!(
        "SELECT {TURN} FROM json_each($1) AS k CROSS JOIN durable_instances AS i ON i.key = k.value \
         CROSS JOIN durable_turns AS t ON t.instance = i.key AND t.execution = i.execution; \
         SELECT {MESSAGE} FROM json_each($1) AS k CROSS JOIN durable_inbox AS m ON m.instance = k.value"
    )
}

impl SqliteStore {
    pub(crate) async fn claim_ready(&self, claim: Claim) -> Result<Vec<ClaimedInstance>, StoreError> {
        let counters = &self.inner.counters;
        let args = || -> Result<Args, StoreError> {
            let offers = serde_json::to_string(&claim.offers).map_err(|e| StoreError::Other(e.to_string()))?;
            let limit = i64::try_from(claim.limit).unwrap_or(i64::MAX);
            let (worker, epoch) = (claim.lease.worker.0, claim.lease.epoch.0 as i64);
            Ok(Args::default().with(worker).with(epoch).with(claim.now.unix_micros()).with(offers).with(limit))
        };
        // A look through a reader first: mostly nothing is ready, and then nothing is locked.
        let mut found = self.read_as_worker(AssertSqlSafe(any_ready_sql()), args()?).await?;
        let any = rows_of(&mut found, 1).first().map(|row| crate::rows::column::<bool>(row, 0)).transpose()?;
        if any != Some(true) {
            return Ok(Vec::new());
        }
        let mut writer = self.writer().await?;
        let mut chosen = writer.begin(counters, AssertSqlSafe(choose_sql()), args()?).await?;
        let chosen = rows_of(&mut chosen, 2).iter().map(|row| key(row, 0)).collect::<Result<Vec<_>, _>>()?;
        if chosen.is_empty() {
            writer.roll_back(counters).await;
            return Ok(Vec::new());
        }
        let args = Args::default().with(json_of(&chosen)).with(claim.lease.worker.0).with(claim.now.unix_micros());
        let mut steps = writer.commit(counters, AssertSqlSafe(take_sql()), args, 5).await?;
        let contents = Contents::assemble(rows_of(&mut steps, 1), steps, 2, &self.inner.sealer)?;
        self.park_broken(&mut writer, claim.lease, &contents.broken).await?;
        Ok(contents.whole)
    }

    pub(crate) async fn reload_owned(
        &self,
        lease: Lease,
        keys: Vec<InstanceKey>,
    ) -> Result<Vec<ClaimedInstance>, StoreError> {
        let counters = &self.inner.counters;
        let mut writer = self.writer().await?;
        // The counter makes this a write that goes through the log: whatever of an earlier,
        // unknown commit is not in front of it there is gone for good.
        let text = format!(
            "BEGIN IMMEDIATE; {}; UPDATE durable_workers SET reloads = reloads + 1 WHERE id = $1; \
             SELECT {INSTANCE} FROM json_each($3) AS k CROSS JOIN durable_instances AS i ON i.key = k.value \
             WHERE i.owner = $1 ORDER BY k.key",
            require_lease()
        );
        let args = Args::default().with(lease.worker.0).with(lease.epoch.0 as i64).with(json_of(&keys));
        let mut found = writer.begin(counters, AssertSqlSafe(text), args).await?;
        let found = rows_of(&mut found, 3);
        let keys = found.iter().map(|row| key(row, 0)).collect::<Result<Vec<_>, _>>()?;
        let text = format!("{}; COMMIT", contents_sql());
        let steps = writer.commit(counters, AssertSqlSafe(text), Args::default().with(json_of(&keys)), 2).await?;
        let contents = Contents::assemble(found, steps, 0, &self.inner.sealer)?;
        self.park_broken(&mut writer, lease, &contents.broken).await?;
        Ok(contents.whole)
    }
}

/// A fenced worker's row is kept for as long as instances name it as their owner.
pub(crate) const FORGET_EMPTY_WORKERS: &str = "DELETE FROM durable_workers WHERE fenced = 1 \
    AND NOT EXISTS (SELECT 1 FROM durable_instances WHERE durable_instances.owner = durable_workers.id)";

pub(crate) fn json_of(keys: &[InstanceKey]) -> String {
    let numbers: Vec<String> = keys.iter().map(|key| key.0.to_string()).collect();
    format!("[{}]", numbers.join(","))
}
