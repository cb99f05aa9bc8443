//! [`Store::commit`](durable_core::store::Store::commit): a batch in one transaction.
//!
//! The fast path writes the batch as if every commit applied, in one call whose first statement
//! checks that it is so. Each of its statements goes over the whole batch; where that could differ
//! from the commits in their order, it is not taken (see [`crate::plan`]) or refuses. When a check
//! fails (rare: a stale lease, an id that is taken) all is rolled back. The slow path reads what it
//! needs to judge each commit, in one call, carries them out in order in memory, and writes what
//! comes of it in another: it takes what the fast path does not, at a cost of one call more.

use durable_core::store::{Commit, CommitOutcome, StoreError};
use tokio::sync::MutexGuard;

use crate::SqliteStore;
use crate::judge::judged;
use crate::plan::{new_instances, optimistic};
use crate::rows::column;
use crate::script::{Args, rows_of};
use crate::sql;
use crate::stats::add;
use crate::view::read_view;
use crate::writer::{WriteError, Writer};

/// Instance keys reserved at a time: one write more per so many new instances.
const KEYS_RESERVED: i64 = 4_096;

/// At most so much goes to SQLite in one call, or one row more: a value may have 1 GB.
const CALL_BYTES_MAX: usize = if cfg!(test) { 64 << 10 } else { 256 << 20 };

impl SqliteStore {
    pub(crate) async fn commit_batch(&self, batch: Vec<Commit>) -> Result<Vec<CommitOutcome>, StoreError> {
        let counters = &self.inner.counters;
        let mut writer = self.writer().await?;
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        add(&counters.batches, 1);
        let first_key = self.take_keys(&mut writer, new_instances(&batch)).await?;
        let plan = optimistic(&batch, first_key, &self.inner.sealer)?;
        if let Some(plan) = plan.filter(|plan| plan.encoded.bytes() <= CALL_BYTES_MAX) {
            let (rows, bytes) = (plan.encoded.count(), plan.encoded.text_bytes());
            let (script, args) = sql::whole(plan.check, plan.encoded);
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
        let view = read_view(&mut writer, counters, batch).await?;
        let (outcomes, mut lots) = match judged(batch, view, first_key, &self.inner.sealer, CALL_BYTES_MAX) {
            Ok((outcomes, lots)) if !lots.is_empty() => (outcomes, lots),
            // Nothing to write: what the outcomes rest on was durable before.
            nothing => {
                writer.roll_back(counters).await;
                return nothing.map(|(outcomes, _)| outcomes);
            }
        };
        let rows = lots.iter().map(|lot| lot.count()).sum();
        let bytes = lots.iter().map(|lot| lot.text_bytes()).sum();
        let refused = |e| match e {
            WriteError::Refused => StoreError::Corrupt("an index contradicts its table".into()),
            WriteError::Store(e) => e,
        };
        let last = lots.pop().unwrap_or_default();
        for lot in lots {
            let (script, args) = sql::rest(lot, false);
            writer.begin(counters, script.text(), args).await.map_err(refused)?;
        }
        let (script, args) = sql::rest(last, true);
        writer.commit(counters, script.text(), args, script.commit_index).await.map_err(refused)?;
        add(&counters.rows, rows);
        add(&counters.bytes, bytes);
        Ok(outcomes)
    }

    /// Keys for so many new instances, from a block that is reserved durably. Keys that are
    /// taken and then not used are lost; there are enough.
    async fn take_keys(&self, writer: &mut Writer, count: usize) -> Result<i64, StoreError> {
        const RESERVE: &str = "BEGIN IMMEDIATE; \
            UPDATE durable_meta SET value = value + $1 WHERE name = 'next_key'; \
            SELECT value FROM durable_meta WHERE name = 'next_key'; \
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

#[cfg(test)]
mod tests {
    use durable_core::history::{Event, PackedTurn};
    use durable_core::store::{
        Commit, CommitOutcome, Delivery, Lease, NewInstance, Recipient, Store as _, Subject, TurnWrite, WorkerInfo,
    };
    use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, Payload, Timestamp};

    use super::CALL_BYTES_MAX;
    use crate::plans::wait;

    /// Nothing comes twice in it, so that it is not compressed.
    fn text(n: usize) -> String {
        let mut state = n as u64 + 1;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'0' + (state >> 33) as u8 % 75)
        };
        format!("{n} {}", (0..CALL_BYTES_MAX / 7).map(next).collect::<String>())
    }

    fn message(n: usize) -> Event {
        Event::EventRaised { name: "e".into(), payload: Payload::encode(&text(n)).unwrap() }
    }

    fn commit(n: usize, lease: Lease) -> Commit {
        let instance = |id: String| NewInstance::new(InstanceId::new(id).unwrap(), "f", "");
        let child = Recipient::New { instance: instance(format!("child {n}")), refused: None };
        let packed = PackedTurn { seq: EventSeq(0), count: 1, codec: 1, body: text(n).into() };
        let subject = Subject::New(NewInstance { owner: Some(lease), ..instance(format!("i{n}")) });
        Commit {
            turn: Some(TurnWrite { execution: ExecutionId(0), packed }),
            deliveries: vec![
                Delivery { to: Recipient::Subject, message: message(n) },
                Delivery { to: child, message: message(n + 1_000) },
            ],
            ..Commit::new(subject, Timestamp::default())
        }
    }

    #[test]
    fn what_is_too_much_for_one_call_is_written_in_several_and_at_once() {
        const COMMITS: usize = 40;
        let dir = tempfile::tempdir().unwrap();
        let store = wait(crate::SqliteStore::open(dir.path().join("hub.db"))).unwrap();
        let info = WorkerInfo { name: "w".into(), offers: vec![], lease_duration: std::time::Duration::from_secs(30) };
        let lease = wait(store.register_worker(info, Timestamp::default())).unwrap();
        wait(store.commit(vec![commit(COMMITS, lease)])).unwrap();
        let before = store.stats();
        let outcomes = wait(store.commit((0..COMMITS).map(|n| commit(n, lease)).collect())).unwrap();
        let after = store.stats();
        assert!(after.calls - before.calls > 15, "{after:?}");
        assert_eq!(after.write_transactions - before.write_transactions, 1);
        for (n, outcome) in outcomes.into_iter().enumerate() {
            let CommitOutcome::Applied { key, execution } = outcome else { panic!("{outcome:?}") };
            let history = wait(store.history(key, execution)).unwrap();
            assert_eq!(history.iter().map(|t| t.body.to_string()).collect::<Vec<_>>(), [text(n)]);
        }
        let inbox: Vec<Event> = wait(store.inbox()).unwrap().into_iter().map(|m| m.message).collect();
        let of = |n: usize| [message(n), message(n + 1_000)];
        assert!(inbox == of(COMMITS).into_iter().chain((0..COMMITS).flat_map(of)).collect::<Vec<_>>());
        assert_eq!(wait(store.instances(InstanceKey(0), 1_000)).unwrap().len(), 2 * COMMITS + 2);
        // What is refused is refused there too.
        let again: Vec<Commit> = (0..COMMITS).map(|n| commit(n, lease)).collect();
        let refused = |o: &CommitOutcome| matches!(o, CommitOutcome::AlreadyExists { .. });
        assert!(wait(store.commit(again)).unwrap().iter().all(refused));
        assert_eq!(wait(store.inbox()).unwrap().len(), 2 * COMMITS + 2);
    }
}
