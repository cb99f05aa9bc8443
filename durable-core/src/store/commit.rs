//! What one turn, or one client call, writes: all or nothing.

use crate::history::{Event, PackedTurn};
use crate::id::{EventSeq, ExecutionId, InstanceId, InstanceKey, MessageId, RequestId};
use crate::payload::Payload;
use crate::store::query::StatusSet;
use crate::store::record::{Lease, Status};
use crate::tags::Tags;
use crate::time::Timestamp;

/// One atomic write.
///
/// It has at most one subject, whose turn and row it writes under the subject's condition, and
/// any number of messages to others.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Which instance it is about, and on which condition it applies.
    pub subject: Subject,
    /// The turn to append.
    pub turn: Option<TurnWrite>,
    /// The messages that the turn consumed.
    pub consumed: Vec<MessageId>,
    /// What changes in the subject's row; `None` leaves it untouched (the common case: a turn
    /// in the middle writes one row in all).
    pub update: Option<InstanceUpdate>,
    /// The subject goes on as a new execution.
    pub next: Option<NextExecution>,
    /// Messages to other instances, or to the subject itself.
    pub deliveries: Vec<Delivery>,
    /// Who asks, so that asking again has no second effect: remembered with the commit until
    /// [`Store::forget_requests`](crate::store::Store::forget_requests). A commit whose request is
    /// remembered already is not applied ([`CommitOutcome::Repeated`]); one that is refused is not
    /// remembered.
    pub request: Option<Request>,
    /// The time of the commit.
    pub now: Timestamp,
}

impl Commit {
    /// A commit that writes nothing yet.
    pub fn new(subject: Subject, now: Timestamp) -> Self {
        Self {
            subject,
            turn: None,
            consumed: Vec::new(),
            update: None,
            next: None,
            deliveries: Vec::new(),
            request: None,
            now,
        }
    }
}

/// A request by a client, as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Chosen by the client.
    pub id: RequestId,
    /// What is asked for, so that an id used twice for different things is noticed.
    pub operation: String,
}

/// Which instance a commit is about, and on which condition it applies.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A new instance, if its id is free or its holder has finished in a way that
    /// [`NewInstance::replaces`] allows.
    New(NewInstance),
    /// An instance that this lease owns.
    Owned {
        /// The owner's lease: it must be the worker's current one.
        lease: Lease,
        /// Which instance.
        key: InstanceKey,
    },
    /// An instance that exists and has not finished, whoever owns it. The commit brings it
    /// messages and nothing else: no turn, no update.
    Existing {
        /// Its id.
        id: InstanceId,
        /// If it is parked, or waits for its start time, it is made ready now, to take the
        /// message; suspicions (`crashes`, `mark`) are dropped.
        unpark: bool,
    },
    /// An instance that has finished in one of these ways. It is made ready to take the messages:
    /// `Running`, without an owner. Its history stays as it is.
    Finished {
        /// Its id.
        id: InstanceId,
        /// How it must have finished.
        among: StatusSet,
    },
}

/// A new instance, or a new execution in the place of a finished one.
#[derive(Clone, Debug, PartialEq)]
pub struct NewInstance {
    /// Its id.
    pub id: InstanceId,
    /// The orchestrator's name.
    pub name: String,
    /// The orchestrator's version.
    pub version: String,
    /// Who runs it: the lease of the worker that starts it and has taken its first turn, or
    /// nobody yet.
    pub owner: Option<Lease>,
    /// Without an owner: when it is ready to run; at once if `None`. Messages that come before do
    /// not change that.
    pub start_at: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
    /// A finished holder of its id is replaced if its status is among these.
    pub replaces: StatusSet,
    /// Turns that it begins with (a fork); without an owner only.
    pub history: Vec<PackedTurn>,
}

impl NewInstance {
    /// An instance that nobody owns yet, ready at once, in the place of any that has finished.
    pub fn new(id: InstanceId, name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            version: version.into(),
            owner: None,
            start_at: None,
            tags: Tags::default(),
            replaces: StatusSet::FINISHED,
            history: Vec::new(),
        }
    }
}

/// The execution that follows on one that continued as new or was rewound: its number is one
/// higher; messages that were meant for its predecessors alone are deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct NextExecution {
    /// Its orchestrator.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The first messages in its inbox, before those that wait there already.
    pub messages: Vec<Event>,
    /// The turns that it begins with.
    pub history: Vec<PackedTurn>,
    /// Whether the turns of its predecessors stay readable; else they are deleted.
    pub keeps: bool,
}

/// A turn to append to an execution.
///
/// It applies only if the execution's history ends just before [`PackedTurn::seq`]: two commits
/// from one base can never both succeed.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnWrite {
    /// Which execution. For a new instance: 0, or one more than that of the finished holder of its
    /// id; if it is not, the commit is refused with [`CommitOutcome::OtherExecution`].
    pub execution: ExecutionId,
    /// The turn.
    pub packed: PackedTurn,
}

/// What changes in an instance's row.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceUpdate {
    /// Its status from now on.
    pub status: Status,
    /// Whether the owner keeps it.
    pub ownership: Ownership,
    /// Why it is parked.
    pub parked_reason: Option<String>,
    /// How many times in a row its worker died without a commit of this instance in between.
    pub crashes: u32,
    /// Its custom status, if that changes.
    pub custom_status: Option<Payload>,
    /// What is tried alone, because it may be what kills workers; the engine's own text.
    pub mark: Option<String>,
}

/// Whether an instance keeps its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// It does.
    Keep,
    /// It sleeps: any worker may claim it from `wake_at` on, or as soon as a message comes.
    /// If messages wait already, it is ready at once.
    Release {
        /// Its earliest timer; `None` for "only a message wakes it".
        wake_at: Option<Timestamp>,
    },
}

/// A message to an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// To whom.
    pub to: Recipient,
    /// What.
    pub message: Event,
}

/// To whom a message goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Recipient {
    /// To the commit's own subject.
    Subject,
    /// To the instance of this id. If there is none, or it has finished, or it is at another
    /// execution than the one that is named, the message is dropped.
    Id {
        /// Its id.
        id: InstanceId,
        /// Only this execution may get it; dropped with it too.
        execution: Option<ExecutionId>,
    },
    /// To the instance of this id, if it has finished: it is made ready, as by
    /// [`Subject::Finished`], to take the message. Else the message is dropped.
    Finished {
        /// Its id.
        id: InstanceId,
    },
    /// To an instance that this makes, if its id is free or its holder has finished in a way that
    /// [`NewInstance::replaces`] allows.
    New {
        /// The instance; without an owner.
        instance: NewInstance,
        /// What the subject gets if the id is taken.
        refused: Option<Box<Event>>,
    },
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitOutcome {
    /// It is durable.
    Applied {
        /// The subject's key.
        key: InstanceKey,
        /// The subject's execution.
        execution: ExecutionId,
    },
    /// Not applied: the lease is stale, or does not own the instance.
    Fenced,
    /// Not applied: the history does not end where the turn begins.
    Conflict {
        /// Where it ends.
        next_seq: EventSeq,
    },
    /// Not applied: the id is taken by an instance that has not finished, or in a way that may not
    /// be replaced.
    AlreadyExists {
        /// Its key.
        key: InstanceKey,
        /// Its execution.
        execution: ExecutionId,
        /// Its status.
        status: Status,
    },
    /// Not applied: the new instance takes the place of a finished one, and its execution will be
    /// this.
    OtherExecution {
        /// Which.
        execution: ExecutionId,
    },
    /// Not applied: there is no such instance.
    NotFound,
    /// Not applied: the instance has finished.
    Finished {
        /// How.
        status: Status,
    },
    /// Not applied: the instance has not finished, or not so.
    NotAmong {
        /// Its status.
        status: Status,
    },
    /// Not applied now: a commit with this request id was applied before.
    Repeated {
        /// What was asked for then.
        operation: String,
        /// The subject's id.
        id: InstanceId,
        /// The subject's key.
        key: InstanceKey,
        /// The subject's execution then.
        execution: ExecutionId,
    },
}
