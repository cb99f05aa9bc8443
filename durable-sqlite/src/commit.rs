//! [`Store::commit`](durable_core::store::Store::commit): a batch in one transaction.
//!
//! The fast path writes the batch as if every commit applied, in one call whose first statement
//! checks that it is so. When the check fails (rare: a stale lease, an id that is taken) all is
//! rolled back, and the slow path reads what it needs to judge each commit, in one call, and
//! writes those that apply, in another.

use durable_core::store::{Commit, CommitOutcome, StoreError, Subject};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, LeaseEpoch, WorkerId};
use sqlx::AssertSqlSafe;
use tokio::sync::MutexGuard;

use crate::SqliteStore;
use crate::plan::{Known, Plan, View, judged, new_instances, optimistic};
use crate::records::{RecordSql, Records};
use crate::rows::{column, key, number, status};
use crate::script::{Args, rows_of};
use crate::sql::{self, history_end};
use crate::stats::add;
use crate::writer::{WriteError, Writer};

/// Instance keys reserved at a time: one write more per so many new instances.
const KEYS_RESERVED: i64 = 4_096;

impl SqliteStore {
    pub(crate) async fn commit_batch(&self, batch: Vec<Commit>) -> Result<Vec<CommitOutcome>, StoreError> {
        let counters = &self.inner.counters;
        let mut writer = self.writer().await?;
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        add(&counters.batches, 1);
        let first_key = self.take_keys(&mut writer, new_instances(&batch)).await?;
        if let Some((plan, check)) = optimistic(&batch, first_key) {
            let encoded = plan.writes.encode()?;
            let (rows, bytes) = (encoded.rows(), encoded.bytes());
            let (script, args) = sql::whole(check, encoded);
            match writer.commit(counters, script.text(), args, script.commit_index).await {
                Ok(_) => {
                    add(&counters.rows, rows);
                    add(&counters.bytes, bytes);
                    return Ok(plan.outcomes);
                }
                Err(WriteError::Refused) => {}
                Err(WriteError::Store(e)) => return Err(e),
            }
        }
        self.commit_judged(writer, &batch, first_key).await
    }

    async fn commit_judged(
        &self,
        mut writer: MutexGuard<'_, Writer>,
        batch: &[Commit],
        first_key: i64,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        let counters = &self.inner.counters;
        add(&counters.slow_batches, 1);
        let view = read_view(self, &mut writer, batch).await?;
        let Plan { writes, outcomes } = judged(batch, view, first_key);
        let encoded = match writes.encode() {
            Ok(encoded) if encoded.rows() > 0 => encoded,
            // Nothing to write: what the outcomes rest on was durable before.
            nothing => {
                writer.roll_back(counters).await;
                return nothing.map(|_| outcomes);
            }
        };
        let (rows, bytes) = (encoded.rows(), encoded.bytes());
        let (script, args) = sql::rest(encoded);
        let written = writer.commit(counters, script.text(), args, script.commit_index).await;
        written.map_err(|e| match e {
            WriteError::Refused => StoreError::Corrupt("an index contradicts its table".into()),
            WriteError::Store(e) => e,
        })?;
        add(&counters.rows, rows);
        add(&counters.bytes, bytes);
        Ok(outcomes)
    }

    /// Keys for so many new instances, from a block that is reserved durably. Keys that are
    /// taken and then not used are lost; there are enough.
    async fn take_keys(&self, writer: &mut Writer, count: usize) -> Result<i64, StoreError> {
        const RESERVE: &str = "BEGIN IMMEDIATE; \
            UPDATE meta SET value = value + $1 WHERE name = 'next_key'; \
            SELECT value FROM meta WHERE name = 'next_key'; \
            COMMIT";
        const COMMIT_INDEX: usize = 3;
        let count = count as i64;
        if writer.keys.end - writer.keys.start < count {
            let block = count.max(KEYS_RESERVED);
            let args = Args::default().with(block);
            let mut steps =
                writer.commit(&self.inner.counters, RESERVE, args, COMMIT_INDEX).await.map_err(|e| match e {
                    // Nothing of the batch was written yet, and a block that is lost harms nobody.
                    WriteError::Store(StoreError::Unknown(text)) => StoreError::Other(text),
                    e => e.into(),
                })?;
            let rows = rows_of(&mut steps, 2);
            let row =
                rows.first().ok_or_else(|| StoreError::Corrupt("the row next_key of table meta is missing".into()))?;
            let end: i64 = column(row, 0)?;
            writer.keys = end - block..end;
        }
        let first = writer.keys.start;
        writer.keys.start += count;
        Ok(first)
    }
}

/// Opens a transaction and reads everything that judging the batch needs.
async fn read_view(store: &SqliteStore, writer: &mut Writer, batch: &[Commit]) -> Result<View, StoreError> {
    const KEYS: RecordSql = RecordSql { numbers: 1, texts: 0, fields: 1 };
    const IDS: RecordSql = RecordSql { numbers: 2, texts: 3, fields: 2 };
    let mut keys = Records::<1>::with_capacity(batch.len());
    let mut ids = Records::<2>::with_capacity(batch.len());
    for commit in batch {
        match &commit.subject {
            Subject::New(new) => {
                let span = ids.text(new.id.as_str());
                ids.push(span);
            }
            Subject::Owned { key, .. } => keys.push([key.0]),
        }
    }
    let columns = format!(
        "i.key, i.execution, i.status, i.owner, {}, i.id FROM r CROSS JOIN instances AS i",
        history_end("i.key", "i.execution")
    );
    let text = format!(
        "BEGIN IMMEDIATE; SELECT id, epoch FROM workers WHERE fenced = 0; \
         {} SELECT {columns} ON i.key = {}; {} SELECT {columns} ON i.id = {}",
        KEYS.with(),
        KEYS.number(0),
        IDS.with(),
        IDS.text(0),
    );
    let args = Args::default().with(keys.numbers).with(ids.numbers).with(ids.texts);
    let mut steps = writer.begin(&store.inner.counters, AssertSqlSafe(text), args).await?;
    let mut view = View::default();
    for row in rows_of(&mut steps, 1) {
        view.epochs.insert(WorkerId(column(&row, 0)?), LeaseEpoch(number(&row, 1)?));
    }
    for step in [2, 3] {
        for row in rows_of(&mut steps, step) {
            let key: InstanceKey = key(&row, 0)?;
            let known = Known {
                execution: ExecutionId(number(&row, 1)?),
                status: status(&row, 2)?,
                owner: column::<Option<i64>>(&row, 3)?.map(WorkerId),
                next_seq: EventSeq(number(&row, 4)?),
            };
            view.ids.insert(InstanceId::from_stored(column(&row, 5)?), key);
            view.instances.insert(key, known);
        }
    }
    Ok(view)
}
