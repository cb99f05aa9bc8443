//! What can go wrong for a client.

use std::fmt;

use crate::failure::{CallError, Failure};
use crate::id::{InstanceId, InvalidInstanceId};
use crate::payload::PayloadError;
use crate::store::{Status, StoreError};

/// Why a client call failed. Nothing was written unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The id cannot be an instance id.
    #[error(transparent)]
    InvalidId(#[from] InvalidInstanceId),
    /// The arguments cannot be recorded.
    #[error(transparent)]
    InvalidInput(#[from] PayloadError),
    /// The id is taken by an instance that has not ended.
    #[error("instance {id} exists already and is {status}; wait for its end, or use another id")]
    AlreadyExists {
        /// Which id.
        id: InstanceId,
        /// The status of its holder.
        status: Status,
    },
    /// There is no such instance.
    #[error("there is no instance {0}")]
    NotFound(InstanceId),
    /// The instance has ended: it takes no messages any more.
    #[error("instance {id} has ended ({status}); it takes no messages any more")]
    AlreadyFinished {
        /// Which instance.
        id: InstanceId,
        /// How it ended.
        status: Status,
    },
    /// The store failed. If its kind is `Unknown`, the call may have been carried out: ask for
    /// the instance.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is recorded cannot be read.
    #[error("what is recorded of instance {id} cannot be read: {reason}")]
    Unreadable {
        /// Which instance.
        id: InstanceId,
        /// What is wrong.
        reason: String,
    },
}

/// Why an orchestration gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError<E> {
    /// It ended without a value: with its own error (`CallError::Failed`), or in another way.
    Ended(CallError<E>),
    /// Its end could not be learned.
    Client(ClientError),
}

impl<E> RunError<E> {
    /// The error that the orchestrator returned, if that is how it ended.
    pub fn failed(&self) -> Option<&E> {
        match self {
            RunError::Ended(CallError::Failed(e)) => Some(e),
            _ => None,
        }
    }
}

impl<E: fmt::Debug> fmt::Display for RunError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Ended(e) => write!(f, "the orchestration ended with an error: {e}"),
            RunError::Client(e) => e.fmt(f),
        }
    }
}

impl<E: fmt::Debug> std::error::Error for RunError<E> {}

impl<E> From<ClientError> for RunError<E> {
    fn from(e: ClientError) -> Self {
        RunError::Client(e)
    }
}

impl<E: serde::de::DeserializeOwned> From<Failure> for RunError<E> {
    fn from(f: Failure) -> Self {
        RunError::Ended(f.into())
    }
}
