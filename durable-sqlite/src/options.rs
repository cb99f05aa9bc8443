//! How a store is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use durable_core::store::StoreError;

use crate::SqliteStore;
use crate::seal::{PayloadCodec, Sealer};

/// What an acknowledged commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// The end of the process, of the operating system, and of the power supply:
    /// `synchronous = FULL`.
    #[default]
    SurvivePowerLoss,
    /// The end of the process only. At a power cut, or when the operating system goes down, the
    /// latest acknowledged commits may be gone: `synchronous = NORMAL`. For tests and for data
    /// that can be made again.
    LoseRecentOnPowerLoss,
}

impl Durability {
    /// The value of `PRAGMA synchronous`.
    pub(crate) fn synchronous(self) -> i64 {
        match self {
            Durability::LoseRecentOnPowerLoss => 1,
            Durability::SurvivePowerLoss => 2,
        }
    }
}

/// How a [`SqliteStore`] is opened.
///
/// ```no_run
/// # async fn f() -> Result<(), durable_core::store::StoreError> {
/// use std::time::Duration;
/// use durable_sqlite::SqliteOptions;
/// let store = SqliteOptions::new("hub.db").busy_timeout(Duration::from_secs(1)).open().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    pub(crate) path: PathBuf,
    pub(crate) create_if_missing: bool,
    pub(crate) durability: Durability,
    pub(crate) busy_timeout: Duration,
    pub(crate) readers: usize,
    pub(crate) vfs: Option<String>,
    pub(crate) page_bytes: u32,
    pub(crate) sealer: Sealer,
    pub(crate) transaction_timeout: Duration,
}

/// How long a write waits for another process that writes, unless told otherwise: longer than
/// any batch takes, short enough to say that a process is stuck in a transaction.
const BUSY_TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);

/// How long the closure of a transactional activity may take, unless told otherwise: every commit
/// of the hub waits for it.
const TRANSACTION_TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);

/// Read-only connections unless told otherwise. Each is a thread.
const READERS_DEFAULT: usize = 4;

/// Page size of a new file. Larger pages gain in batches of a thousand turns (without fsync 5.1 ms
/// with 4 KiB, 4.1 ms with 16 KiB) and lose in a lone step, which writes whole pages to the log: one
/// instance of 2,000 steps made 2,208 steps/s with 4 KiB and 1,700 with 16 KiB.
const PAGE_BYTES: u32 = 4 * 1024;

impl SqliteOptions {
    /// A file, and the defaults for the rest.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            create_if_missing: true,
            durability: Durability::default(),
            busy_timeout: BUSY_TIMEOUT_DEFAULT,
            readers: READERS_DEFAULT,
            vfs: None,
            page_bytes: PAGE_BYTES,
            sealer: Sealer::default(),
            transaction_timeout: TRANSACTION_TIMEOUT_DEFAULT,
        }
    }

    /// Whether a file that is not there is made. Default: yes.
    #[must_use]
    pub fn create_if_missing(mut self, create: bool) -> Self {
        self.create_if_missing = create;
        self
    }

    /// What an acknowledged commit survives. Default: everything.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How long a write waits for another process that writes before it fails with
    /// [`StoreError::Busy`]. Default: 5 s.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// How many read-only connections. Each is a thread. Default: 4; at least 1.
    #[must_use]
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// What every body goes through on its way into the file and back. Default: nothing; large ones
    /// are compressed in any case.
    ///
    /// Bodies that were written without it, or before it was set, stay readable. What was written
    /// with it is [`StoreError::Corrupt`] for a store that is opened without it.
    #[must_use]
    pub fn payload_codec(mut self, codec: impl PayloadCodec) -> Self {
        self.sealer = Sealer::new(Arc::new(codec));
        self
    }

    /// How long the closure of [`SqliteStore::transaction`] may take before it is rolled back. All
    /// other commits of the hub wait for it. Default: 5 s.
    #[must_use]
    pub fn transaction_timeout(mut self, timeout: Duration) -> Self {
        self.transaction_timeout = timeout;
        self
    }

    /// The SQLite VFS to go through: for fault injection.
    #[doc(hidden)]
    #[must_use]
    pub fn vfs(mut self, name: impl Into<String>) -> Self {
        self.vfs = Some(name.into());
        self
    }

    /// The page size of a new file: for the benchmark that chose the default.
    #[doc(hidden)]
    #[must_use]
    pub fn page_bytes(mut self, bytes: u32) -> Self {
        self.page_bytes = bytes;
        self
    }

    /// Opens the store.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unusable`] for everything that is wrong with the path or the file; nothing
    /// is written then.
    pub async fn open(self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_with(self).await
    }
}
