//! Workers: entering, renewing, leaving, and finding out who is dead.

use durable_core::store::{Lease, Offer, StoreError, WorkerInfo, WorkerRecord};
use durable_core::{LeaseEpoch, Timestamp, WorkerId};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteRow;

use crate::SqliteStore;
use crate::claim::{FORGET_EMPTY_WORKERS, require_lease};
use crate::error::corrupt;
use crate::lock::{self, Sign};
use crate::rows::{column, number, time};
use crate::script::{Args, rows_of};
use crate::sql::MAY_RUN;

const WORKER: &str = "id, epoch, name, offers, expires_at, fenced, lock_file";

struct Entered {
    record: WorkerRecord,
    has_lock_file: bool,
}

/// Workers found dead, by what shows it.
#[derive(Default)]
struct Dead {
    by_lock: Vec<WorkerId>,
    by_lease: Vec<WorkerId>,
}

fn entered(row: &SqliteRow) -> Result<Entered, StoreError> {
    let offers: Vec<Offer> =
        serde_json::from_str(column(row, 3)?).map_err(|e| corrupt(format!("a worker's offers cannot be read: {e}")))?;
    let record = WorkerRecord {
        id: WorkerId(column(row, 0)?),
        epoch: LeaseEpoch(number(row, 1)?),
        name: column(row, 2)?,
        offers,
        expires_at: time(row, 4)?,
        fenced: column(row, 5)?,
    };
    Ok(Entered { record, has_lock_file: column(row, 6)? })
}

fn lease_args(lease: Lease, now: Timestamp) -> Args {
    Args::default().with(lease.worker.0).with(lease.epoch.0 as i64).with(now.unix_micros())
}

impl SqliteStore {
    pub(crate) async fn enter(&self, worker: WorkerInfo, now: Timestamp) -> Result<Lease, StoreError> {
        const FIRST_EPOCH: LeaseEpoch = LeaseEpoch(1);
        let counters = &self.inner.counters;
        let offers = serde_json::to_string(&worker.offers).map_err(|e| StoreError::Other(e.to_string()))?;
        let lease_us = i64::try_from(worker.lease_duration.as_micros()).unwrap_or(i64::MAX);
        let expires_at = (now + worker.lease_duration).unix_micros();
        let mut writer = self.writer().await?;
        let insert = "BEGIN IMMEDIATE; INSERT INTO durable_workers (epoch, name, offers, lease_us, expires_at, lock_file) \
            VALUES ($1, $2, $3, $4, $5, 0) RETURNING id";
        let args =
            Args::default().with(FIRST_EPOCH.0 as i64).with(worker.name).with(offers).with(lease_us).with(expires_at);
        let mut steps = writer.begin(counters, insert, args).await?;
        let rows = rows_of(&mut steps, 1);
        let id = WorkerId(rows.first().map(|row| column(row, 0)).transpose()?.unwrap_or_default());
        // The lock is held before anybody can see the row: a row without a lock means dead.
        let locks = self.inner.locks.take(&self.inner.path, id);
        let seal = "UPDATE durable_workers SET lock_file = $2 WHERE id = $1; COMMIT";
        match writer.commit(counters, seal, Args::default().with(id.0).with(locks), 1).await {
            Ok(_) => Ok(Lease { worker: id, epoch: FIRST_EPOCH }),
            Err(e) => {
                self.inner.locks.free(&self.inner.path, id);
                Err(e.into())
            }
        }
    }

    pub(crate) async fn renew_lease(&self, lease: Lease, now: Timestamp) -> Result<(), StoreError> {
        let text = format!(
            "BEGIN IMMEDIATE; {}; UPDATE durable_workers SET expires_at = CASE WHEN $3 > {max} - lease_us THEN {max} \
             ELSE $3 + lease_us END WHERE id = $1; COMMIT",
            require_lease(),
            max = i64::MAX,
        );
        let mut writer = self.writer().await?;
        writer.commit(&self.inner.counters, AssertSqlSafe(text), lease_args(lease, now), 3).await?;
        Ok(())
    }

    pub(crate) async fn leave(&self, lease: Lease, now: Timestamp) -> Result<(), StoreError> {
        let text = format!(
            "BEGIN IMMEDIATE; {}; \
             UPDATE durable_instances SET owner = NULL, wake_at = CASE WHEN status IN {MAY_RUN} THEN $3 END, \
             updated_at = $3 WHERE owner = $1; \
             DELETE FROM durable_workers WHERE id = $1; COMMIT",
            require_lease()
        );
        let mut writer = self.writer().await?;
        writer.commit(&self.inner.counters, AssertSqlSafe(text), lease_args(lease, now), 4).await?;
        drop(writer);
        self.inner.locks.free(&self.inner.path, lease.worker);
        Ok(())
    }

    pub(crate) async fn fence_dead(&self, lease: Lease, now: Timestamp) -> Result<Vec<WorkerId>, StoreError> {
        let look = format!("{}; SELECT {WORKER} FROM durable_workers", require_lease());
        let args = Args::default().with(lease.worker.0).with(lease.epoch.0 as i64);
        let mut steps = self.read_as_worker(AssertSqlSafe(look), args).await?;
        let all = rows_of(&mut steps, 1).iter().map(entered).collect::<Result<Vec<_>, _>>()?;
        // Held until the transaction has ended, so that of several who see it one acts.
        let mut signs = Vec::new();
        let mut dead = Dead::default();
        for worker in &all {
            let r = &worker.record;
            if r.fenced || r.id == lease.worker {
                continue;
            }
            let by_lock = worker.has_lock_file && !self.inner.locks.has(r.id);
            match by_lock.then(|| lock::sign_of(&self.inner.path, r.id)) {
                Some(free @ Sign::Free { .. }) => {
                    signs.push(free);
                    dead.by_lock.push(r.id);
                }
                _ if r.expires_at < now => dead.by_lease.push(r.id),
                _ => {}
            }
        }
        let nobody = dead.by_lock.is_empty() && dead.by_lease.is_empty();
        if nobody && !all.iter().any(|worker| worker.record.fenced) {
            return Ok(Vec::new());
        }
        let fenced = self.fence(lease, &dead, now).await?;
        for id in &fenced {
            self.inner.locks.free(&self.inner.path, *id);
            lock::remove(&self.inner.path, *id);
        }
        Ok(fenced)
    }

    /// Raises the epochs. Who has renewed its lease since it was looked at is spared; a free lock
    /// stays free.
    async fn fence(&self, lease: Lease, dead: &Dead, now: Timestamp) -> Result<Vec<WorkerId>, StoreError> {
        let json = |ids: &[WorkerId]| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            format!("[{}]", ids.join(","))
        };
        let text = format!(
            "BEGIN IMMEDIATE; {}; \
             UPDATE durable_workers SET epoch = epoch + 1, fenced = 1 \
             WHERE fenced = 0 AND (id IN (SELECT value FROM json_each($4)) \
             OR id IN (SELECT value FROM json_each($5)) AND expires_at < $3) RETURNING id; \
             UPDATE durable_instances SET owner = NULL, wake_at = NULL \
             WHERE owner IN (SELECT id FROM durable_workers WHERE fenced = 1) AND status NOT IN {MAY_RUN}; \
             {FORGET_EMPTY_WORKERS}; COMMIT",
            require_lease()
        );
        let args = lease_args(lease, now).with(json(&dead.by_lock)).with(json(&dead.by_lease));
        let mut writer = self.writer().await?;
        let mut steps = writer.commit(&self.inner.counters, AssertSqlSafe(text), args, 5).await?;
        rows_of(&mut steps, 2).iter().map(|row| Ok(WorkerId(column(row, 0)?))).collect()
    }

    pub(crate) async fn entered_workers(&self) -> Result<Vec<WorkerRecord>, StoreError> {
        let text = format!("SELECT {WORKER} FROM durable_workers ORDER BY id");
        let rows = self.read(AssertSqlSafe(text), Args::default()).await?;
        rows.iter().map(|row| Ok(entered(row)?.record)).collect()
    }

    pub(crate) async fn unpark_offered(&self, offers: Vec<Offer>, now: Timestamp) -> Result<u64, StoreError> {
        const UNPARK: &str = "BEGIN IMMEDIATE; \
            UPDATE durable_instances SET status = 'Running', parked_reason = NULL, owner = NULL, wake_at = $2, updated_at = $2 \
            WHERE key IN (SELECT p.key FROM json_each($1) AS o CROSS JOIN durable_instances AS p \
                ON p.status = 'Parked' AND p.name = o.value ->> 'name' AND p.version = o.value ->> 'version' AND p.mark IS NULL); \
            COMMIT";
        let offers = serde_json::to_string(&offers).map_err(|e| StoreError::Other(e.to_string()))?;
        let args = Args::default().with(offers).with(now.unix_micros());
        let mut writer = self.writer().await?;
        let steps = writer.commit(&self.inner.counters, UNPARK, args, 2).await?;
        Ok(steps.get(1).map_or(0, |step| step.changes))
    }
}
