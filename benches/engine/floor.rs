//! The floor: what no engine on SQLite through sqlx can do without.
//!
//! Real tasks, one connection that writes everything waiting in one transaction, acknowledgement
//! after the commit, hand-offs in memory. One row per step with about 200 bytes of JSON, found
//! again through an index. Nothing else: no replay, no leases, no errors to handle, no recovery.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use crate::system::{Order, System};

const SCHEMA: &str = "
    CREATE TABLE log (
        id       INTEGER PRIMARY KEY,
        instance TEXT    NOT NULL,
        seq      INTEGER NOT NULL,
        kind     INTEGER NOT NULL,
        at       INTEGER NOT NULL,
        payload  TEXT
    );
    CREATE INDEX log_by_seq ON log (instance, seq)";

/// A whole batch in one statement, which is its own transaction.
const APPEND: &str = "INSERT INTO log (instance, seq, kind, at, payload) \
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)";

/// Rows in one transaction.
const BATCH_MAX: usize = 1_000;

/// Tasks that run activities.
const ACTIVITY_TASKS: usize = 4;

/// What a row stands for; the numbers mean nothing.
#[derive(Clone, Copy)]
enum Kind {
    Started = 1,
    Scheduled = 2,
    Completed = 3,
    Ended = 9,
}

struct Row {
    instance: Arc<str>,
    seq: u32,
    kind: Kind,
    payload: String,
    written: oneshot::Sender<()>,
}

struct Call {
    input: String,
    result: oneshot::Sender<String>,
}

/// The floor on a file of its own.
pub(crate) struct Floor {
    engine: Engine,
    writer: JoinHandle<Result<()>>,
}

/// Runs instances on a [`Floor`].
#[derive(Clone)]
pub(crate) struct Engine {
    rows: mpsc::UnboundedSender<Row>,
    calls: flume::Sender<Call>,
    instances: Arc<AtomicU64>,
}

impl Floor {
    pub(crate) async fn open(file: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let mut conn = options.connect().await?;
        sqlx::raw_sql(SCHEMA).execute(&mut conn).await?;

        let (rows, to_write) = mpsc::unbounded_channel();
        let writer = tokio::spawn(write(conn, to_write));
        let (calls, to_run) = flume::unbounded::<Call>();
        for _ in 0..ACTIVITY_TASKS {
            let to_run = to_run.clone();
            tokio::spawn(async move {
                while let Ok(Call { input, result }) = to_run.recv_async().await {
                    // Nobody there any more: then nobody wants the result.
                    let _ = result.send(input);
                }
            });
        }
        Ok(Self { engine: Engine { rows, calls, instances: Arc::default() }, writer })
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine.clone()
    }

    pub(crate) async fn close(self) -> Result<()> {
        drop(self.engine);
        self.writer.await?
    }
}

async fn write(mut conn: SqliteConnection, mut rows: mpsc::UnboundedReceiver<Row>) -> Result<()> {
    const AT: i64 = 1_700_000_000_000;
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while rows.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let values: Vec<_> =
            batch.iter().map(|r| (&*r.instance, r.seq, r.kind as u8, AT, r.payload.as_str())).collect();
        let values = serde_json::to_string(&values)?;
        sqlx::query(APPEND).bind(values).execute(&mut conn).await?;
        for row in batch.drain(..) {
            // Nobody there any more: then nobody wants to know.
            let _ = row.written.send(());
        }
    }
    conn.close().await?;
    Ok(())
}

impl Engine {
    fn new_instance(&self) -> Arc<str> {
        format!("inst-{:016x}", self.instances.fetch_add(1, Ordering::Relaxed)).into()
    }

    fn append(&self, instance: &Arc<str>, seq: u32, kind: Kind) -> Result<oneshot::Receiver<()>> {
        let (written, is_written) = oneshot::channel();
        let payload = serde_json::to_string(&Order::new(seq))?;
        let row = Row { instance: instance.clone(), seq, kind, payload, written };
        self.rows.send(row).map_err(|_| anyhow::anyhow!("the writer has ended"))?;
        Ok(is_written)
    }

    async fn call(&self, input: String) -> Result<String> {
        let (result, has_result) = oneshot::channel();
        self.calls.send(Call { input, result }).map_err(|_| anyhow::anyhow!("the activity tasks have ended"))?;
        Ok(has_result.await?)
    }
}

impl System for Engine {
    async fn chain(self, steps: u32) -> Result<()> {
        let instance = self.new_instance();
        self.append(&instance, 0, Kind::Started)?.await?;
        let mut value = String::from("hello");
        for step in 1..=steps {
            value = self.call(value).await?;
            self.append(&instance, step, Kind::Completed)?.await?;
        }
        Ok(())
    }

    async fn fan_out(self, activities: u32) -> Result<()> {
        let instance = self.new_instance();
        self.append(&instance, 0, Kind::Started)?.await?;
        let scheduled: Result<Vec<_>> = (1..=activities).map(|n| self.append(&instance, n, Kind::Scheduled)).collect();
        for written in scheduled? {
            written.await?;
        }
        let mut running = JoinSet::new();
        for n in 1..=activities {
            let (engine, instance) = (self.clone(), instance.clone());
            running.spawn(async move {
                engine.call("x".into()).await?;
                engine.append(&instance, activities + n, Kind::Completed)?.await?;
                anyhow::Ok(())
            });
        }
        while let Some(done) = running.join_next().await {
            done??;
        }
        self.append(&instance, 2 * activities + 1, Kind::Ended)?.await?;
        Ok(())
    }

    async fn children(self, children: u32) -> Result<()> {
        let instance = self.new_instance();
        self.append(&instance, 0, Kind::Started)?.await?;
        let mut running = JoinSet::new();
        for _ in 0..children {
            running.spawn(self.clone().chain(1));
        }
        while let Some(done) = running.join_next().await {
            done??;
        }
        self.append(&instance, 1, Kind::Ended)?.await?;
        Ok(())
    }
}
