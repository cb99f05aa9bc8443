//! What can go wrong in a store.

use std::path::PathBuf;

/// A store's error. [`StoreError::kind`] says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else writes, for longer than the store waits. Nothing was written.
    #[error("the store is busy: {0}")]
    Busy(String),
    /// The worker's lease is not current: another worker has taken over. Nothing was written.
    #[error("the worker's lease was taken over by another worker")]
    Fenced,
    /// No room. Nothing was written.
    #[error("the store is full: {0}; it goes on by itself when there is room")]
    Full(String),
    /// The commit failed in a way that leaves open whether it is on disk.
    #[error("a commit failed and its outcome is unknown: {0}")]
    Unknown(String),
    /// What is stored cannot be read.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The file cannot be used as a task hub.
    #[error("{path}: {reason}", path = path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        reason: String,
    },
    /// It was closed.
    #[error("the store is closed")]
    Closed,
    /// Anything else. Nothing was written.
    #[error("the store failed: {0}")]
    Other(String),
}

/// What to do about a [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Nothing was written; the same call may succeed later.
    Retry,
    /// Nothing was written; this worker has been replaced.
    Fenced,
    /// Nothing was written; there is no room.
    Full,
    /// What is there cannot be read; trying again will not help.
    Corrupt,
    /// It may have been written: read back inside a later write transaction.
    Unknown,
}

impl StoreError {
    /// What to do about it.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            StoreError::Busy(_) | StoreError::Other(_) => StoreErrorKind::Retry,
            StoreError::Fenced => StoreErrorKind::Fenced,
            StoreError::Full(_) => StoreErrorKind::Full,
            StoreError::Unknown(_) => StoreErrorKind::Unknown,
            StoreError::Corrupt(_) | StoreError::Unusable { .. } | StoreError::Closed => StoreErrorKind::Corrupt,
        }
    }
}
