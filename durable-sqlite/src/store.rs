//! The store itself.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use durable_core::history::PackedTurn;
use durable_core::store::{
    Claim, ClaimedInstance, Commit, CommitOutcome, InboxMessage, InstanceFilter, InstancePage, InstanceQuery,
    InstanceRecord, Lease, Offer, Status, Store, StoreError, StoreFuture, StoreStatistics, WorkerInfo, WorkerRecord,
};
use durable_core::{ExecutionId, InstanceId, InstanceKey, MessageId, Timestamp, WorkerId};
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{Mutex, MutexGuard};

use crate::changes::Changes;
use crate::error::not_applied;
use crate::lock::HeldLocks;
use crate::open::{self, Connections};
use crate::options::SqliteOptions;
use crate::seal::Sealer;
use crate::stats::{Counters, Stats};
use crate::writer::Writer;

/// A task hub in one SQLite file. Cheap to clone; clones share their connections.
///
/// Its futures need no runtime: any executor can poll them.
#[derive(Clone)]
pub struct SqliteStore {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) path: PathBuf,
    pub(crate) counters: Counters,
    pub(crate) locks: HeldLocks,
    pub(crate) changes: Changes,
    pub(crate) sealer: Sealer,
    pub(crate) options: SqliteOptions,
    writer: Mutex<Writer>,
    readers: Vec<Mutex<Option<SqliteConnection>>>,
    next_reader: AtomicUsize,
    closed: AtomicBool,
}

impl SqliteStore {
    /// Opens the file with the defaults of [`SqliteOptions`], and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unusable`] for everything that is wrong with the path or the file: not a
    /// database, another program's, empty, read-only, of a newer build. Nothing is written then.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        SqliteOptions::new(path).open().await
    }

    pub(crate) async fn open_with(options: SqliteOptions) -> Result<Self, StoreError> {
        let Connections { path, writer, readers } = open::open(&options).await?;
        let inner = Inner {
            changes: Changes::of(&path),
            path,
            counters: Counters::default(),
            locks: HeldLocks::default(),
            sealer: options.sealer.clone(),
            writer: Mutex::new(writer),
            readers: readers.into_iter().map(|conn| Mutex::new(Some(conn))).collect(),
            next_reader: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            options,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The file, its directory resolved.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// What it has done so far.
    pub fn stats(&self) -> Stats {
        self.inner.counters.read()
    }

    pub(crate) fn check_open(&self) -> Result<(), StoreError> {
        if self.inner.closed.load(Ordering::Acquire) { Err(StoreError::Closed) } else { Ok(()) }
    }

    /// The writer, outside any transaction.
    pub(crate) async fn writer(&self) -> Result<MutexGuard<'_, Writer>, StoreError> {
        let mut writer = self.inner.writer.lock().await;
        self.check_open()?;
        writer.settle(&self.inner.counters).await?;
        Ok(writer)
    }

    /// A reader that is free, or else the next in turn.
    pub(crate) async fn reader(&self) -> MutexGuard<'_, Option<SqliteConnection>> {
        let readers = &self.inner.readers;
        let first = self.inner.next_reader.fetch_add(1, Ordering::Relaxed);
        let in_turn = |n: usize| &readers[(first + n) % readers.len()];
        match (0..readers.len()).find_map(|n| in_turn(n).try_lock().ok()) {
            Some(free) => free,
            None => in_turn(0).lock().await,
        }
    }

    async fn close_all(&self) -> Result<(), StoreError> {
        self.inner.closed.store(true, Ordering::Release);
        // The writer last: the connection that closes last copies the log into the file.
        for reader in &self.inner.readers {
            if let Some(conn) = reader.lock().await.take() {
                conn.close().await.map_err(|e| not_applied(&e))?;
            }
        }
        let closed = self.inner.writer.lock().await.close(&self.inner.counters).await;
        self.inner.locks.free_all();
        closed
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

impl Store for SqliteStore {
    fn commit(&self, batch: Vec<Commit>) -> StoreFuture<'_, Vec<CommitOutcome>> {
        Box::pin(self.commit_batch(batch))
    }

    fn claim(&self, claim: Claim) -> StoreFuture<'_, Vec<ClaimedInstance>> {
        Box::pin(self.claim_ready(claim))
    }

    fn reload(&self, lease: Lease, keys: Vec<InstanceKey>) -> StoreFuture<'_, Vec<ClaimedInstance>> {
        Box::pin(self.reload_owned(lease, keys))
    }

    fn mail(&self, lease: Lease, after: MessageId) -> StoreFuture<'_, Vec<InboxMessage>> {
        Box::pin(self.mail_after(lease, after))
    }

    fn next_wake(&self) -> StoreFuture<'_, Option<Timestamp>> {
        Box::pin(self.earliest_wake())
    }

    fn change_mark(&self) -> StoreFuture<'_, u64> {
        let closed = self.inner.closed.load(Ordering::Acquire);
        Box::pin(std::future::ready(if closed { Err(StoreError::Closed) } else { Ok(self.inner.changes.mark()) }))
    }

    fn register_worker(&self, worker: WorkerInfo, now: Timestamp) -> StoreFuture<'_, Lease> {
        Box::pin(self.enter(worker, now))
    }

    fn renew(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(self.renew_lease(lease, now))
    }

    fn release_worker(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(self.leave(lease, now))
    }

    fn fence_dead_workers(&self, lease: Lease, now: Timestamp) -> StoreFuture<'_, Vec<WorkerId>> {
        Box::pin(self.fence_dead(lease, now))
    }

    fn unpark(&self, offers: Vec<Offer>, now: Timestamp) -> StoreFuture<'_, u64> {
        Box::pin(self.unpark_offered(offers, now))
    }

    fn workers(&self) -> StoreFuture<'_, Vec<WorkerRecord>> {
        Box::pin(self.entered_workers())
    }

    fn instance(&self, id: InstanceId) -> StoreFuture<'_, Option<InstanceRecord>> {
        Box::pin(self.instance_by_id(id))
    }

    fn instances(&self, after: InstanceKey, limit: usize) -> StoreFuture<'_, Vec<InstanceRecord>> {
        Box::pin(self.instances_after(after, limit))
    }

    fn statuses(&self, keys: Vec<InstanceKey>) -> StoreFuture<'_, Vec<(InstanceKey, ExecutionId, Status)>> {
        Box::pin(self.statuses_of(keys))
    }

    fn history(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Vec<PackedTurn>> {
        Box::pin(self.turns_of(key, execution))
    }

    fn last_turn(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Option<PackedTurn>> {
        Box::pin(self.last_turn_of(key, execution))
    }

    fn first_turn(&self, key: InstanceKey, execution: ExecutionId) -> StoreFuture<'_, Option<PackedTurn>> {
        Box::pin(self.first_turn_of(key, execution))
    }

    fn executions(&self, key: InstanceKey) -> StoreFuture<'_, Vec<ExecutionId>> {
        Box::pin(self.executions_of(key))
    }

    fn query(&self, query: InstanceQuery) -> StoreFuture<'_, InstancePage> {
        Box::pin(self.page(query))
    }

    fn count(&self, filter: InstanceFilter) -> StoreFuture<'_, Vec<(Status, u64)>> {
        Box::pin(self.counts(filter))
    }

    fn purge(&self, instances: Vec<(InstanceKey, ExecutionId)>) -> StoreFuture<'_, u64> {
        Box::pin(self.purge_finished(instances))
    }

    fn forget_requests(&self, before: Timestamp, limit: usize) -> StoreFuture<'_, u64> {
        Box::pin(self.forget_old_requests(before, limit))
    }

    fn statistics(&self, now: Timestamp) -> StoreFuture<'_, StoreStatistics> {
        Box::pin(self.figures(now))
    }

    fn inbox(&self) -> StoreFuture<'_, Vec<InboxMessage>> {
        Box::pin(self.whole_inbox())
    }

    fn inbox_of(&self, key: InstanceKey) -> StoreFuture<'_, Vec<InboxMessage>> {
        Box::pin(self.messages_to(key))
    }

    fn close(&self) -> StoreFuture<'_, ()> {
        Box::pin(self.close_all())
    }
}
