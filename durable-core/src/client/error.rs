//! What can go wrong for a client.

use std::fmt;
use std::time::Duration;

use crate::failure::{CallError, Failure};
use crate::id::{ExecutionId, InstanceId, InvalidInstanceId, InvalidRequestId, RequestId};
use crate::limits::{FAILURE_TEXT_BYTES_MAX, NAME_CHARS_MAX};
use crate::payload::PayloadError;
use crate::replay::NotAForkPoint;
use crate::store::{Status, StoreError};
use crate::tags::InvalidTag;

use super::query::InvalidPageToken;

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
    /// A tag cannot be one.
    #[error(transparent)]
    InvalidTag(#[from] InvalidTag),
    /// The id cannot be a request id.
    #[error(transparent)]
    InvalidRequestId(#[from] InvalidRequestId),
    /// The name of an orchestrator, a version or an event cannot be one.
    #[error(
        "{what} {name:?} cannot be used: give it 1 to {NAME_CHARS_MAX} characters, none of them a control character"
    )]
    InvalidName {
        /// The name of what.
        what: &'static str,
        /// As it was given, or its beginning.
        name: String,
    },
    /// A reason is longer than a history keeps.
    #[error("a reason of {0} bytes is too long; at most {FAILURE_TEXT_BYTES_MAX} are allowed")]
    ReasonTooLong(usize),
    /// `start_or_get` was given an invocation without an instance id.
    #[error("start_or_get needs the id of the instance to get: give the invocation an `.instance_id(..)`")]
    InstanceIdMissing,
    /// The instance of this id belongs to another orchestrator than the one that is asked for.
    #[error("instance {id} is an orchestration of `{name}`, not of `{wanted}`; give the start another id")]
    OtherOrchestrator {
        /// Which instance.
        id: InstanceId,
        /// Its orchestrator.
        name: String,
        /// The one that was asked for.
        wanted: String,
    },
    /// The id is taken, and the start may not replace its holder.
    #[error("instance {id} exists already and is {status}; {}", advice(*status))]
    AlreadyExists {
        /// Which id.
        id: InstanceId,
        /// The status of its holder.
        status: Status,
    },
    /// The request id was used before, for something else.
    #[error("request id {request} was used before, to {operation} (instance {id}); use a new one for each request")]
    RequestIdReused {
        /// Which request id.
        request: RequestId,
        /// The instance that was meant then.
        id: InstanceId,
        /// What was asked for then.
        operation: String,
    },
    /// There is no such instance.
    #[error("there is no instance {0}")]
    NotFound(InstanceId),
    /// The instance has no such execution, or its history is not kept.
    #[error("instance {id} has no history of execution {execution}; `executions()` lists those that are kept")]
    NoSuchExecution {
        /// Which instance.
        id: InstanceId,
        /// Which execution.
        execution: ExecutionId,
    },
    /// The instance has ended: it takes no messages any more.
    #[error("instance {id} has ended ({status}); it takes no messages any more")]
    AlreadyFinished {
        /// Which instance.
        id: InstanceId,
        /// How it ended.
        status: Status,
    },
    /// Only an instance that has ended can be restarted or purged.
    #[error("instance {id} is {status}; terminate it first, and wait for its end")]
    NotFinished {
        /// Which instance.
        id: InstanceId,
        /// Its status.
        status: Status,
    },
    /// It did not end in the time that was given; it goes on.
    #[error("instance {id} has not ended within {waited:?}; it goes on")]
    NotFinishedInTime {
        /// Which instance.
        id: InstanceId,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Only an instance that failed or was terminated can be rewound.
    #[error("instance {id} is {status}; only one that has failed or was terminated can be rewound")]
    NotRewindable {
        /// Which instance.
        id: InstanceId,
        /// Its status.
        status: Status,
    },
    /// Compensations of a saga have run since the failure: what they undid would stay undone, and what
    /// comes after it would be done all the same.
    #[error(
        "instance {0} cannot be rewound: its saga has been compensated since the failure; restart it, or fork it from an event before the saga"
    )]
    Compensated(InstanceId),
    /// Sub-orchestrations that an instance took along with its end are still on their way to theirs:
    /// nothing was rewound.
    #[error("instance {id} cannot be rewound yet: {} of its sub-orchestrations have not ended ({}); try again", children.len(), children.join(", "))]
    ChildrenEnding {
        /// Which instance.
        id: InstanceId,
        /// The sub-orchestrations.
        children: Vec<String>,
    },
    /// The history cannot be forked there.
    #[error("instance {id}: {at}")]
    NotAForkPoint {
        /// Which instance.
        id: InstanceId,
        /// What is wrong with the place.
        at: NotAForkPoint,
    },
    /// Nothing of the instance has been given up as poison.
    #[error("instance {id} is {status} and holds nothing that was given up as poison; there is nothing to discard")]
    NotPoisoned {
        /// Which instance.
        id: InstanceId,
        /// Its status.
        status: Status,
    },
    /// It is not an activity that was given up as poison, but the orchestrator's own turn.
    #[error("instance {0} itself was given up as poison, not one of its activities: `retry()` or terminate it")]
    NotAnActivity(InstanceId),
    /// A query that cannot be answered.
    #[error("the query cannot be answered: {0}")]
    InvalidQuery(&'static str),
    /// A text that is not a page token.
    #[error(transparent)]
    InvalidPageToken(#[from] InvalidPageToken),
    /// The page token was given out by another query.
    #[error("the page token belongs to another query; ask with the same filters and the same order, or from the start")]
    OtherQuery,
    /// The filter of a purge leaves in no instance that has ended.
    #[error("only instances that have ended can be purged, and the filter leaves in none; terminate them first")]
    NothingToPurge,
    /// The store failed. If its kind is `Unknown`, the call may have been carried out: ask for
    /// the instance, or ask again with the same request id.
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

/// What to do about an id that is taken.
fn advice(status: Status) -> &'static str {
    if status.is_finished() {
        "the reuse policy of this start does not replace it: use another policy, or another id"
    } else {
        "wait for its end, or use another id"
    }
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
