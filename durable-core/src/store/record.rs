//! What a store gives back.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::history::{Event, PackedTurn};
use crate::id::{ExecutionId, InstanceId, InstanceKey, LeaseEpoch, MessageId, WorkerId};
use crate::payload::Payload;
use crate::tags::Tags;
use crate::time::Timestamp;

/// Where an instance is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Status {
    /// Started; no worker has run it yet.
    Pending,
    /// Running, or waiting for something.
    Running,
    /// Held on request: takes messages, decides nothing.
    Suspended,
    /// Held; its code and its history do not fit, or no worker has its code. Goes on when fixed.
    Parked,
    /// Ended with a value.
    Completed,
    /// Ended with an error.
    Failed,
    /// Ended on request.
    Terminated,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 7] = [
        Status::Pending,
        Status::Running,
        Status::Suspended,
        Status::Parked,
        Status::Completed,
        Status::Failed,
        Status::Terminated,
    ];

    /// Whether it has ended for good.
    pub fn is_finished(self) -> bool {
        matches!(self, Status::Completed | Status::Failed | Status::Terminated)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pending => "Pending",
            Status::Running => "Running",
            Status::Parked => "Parked",
            Status::Completed => "Completed",
            Status::Failed => "Failed",
            Status::Suspended => "Suspended",
            Status::Terminated => "Terminated",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        Status::ALL.into_iter().find(|status| status.as_str() == s).ok_or_else(|| format!("{s:?} is not a status"))
    }
}

/// The right to write as a worker: good for as long as the worker's epoch is this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lease {
    /// Which worker.
    pub worker: WorkerId,
    /// Its fencing token.
    pub epoch: LeaseEpoch,
}

/// An orchestrator that a worker can run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Offer {
    /// Its name.
    pub name: String,
    /// Its version; empty unless it has one.
    pub version: String,
}

/// A worker as it enters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerInfo {
    /// A name for humans.
    pub name: String,
    /// The orchestrators that it can run.
    pub offers: Vec<Offer>,
    /// How long its lease runs without renewal.
    pub lease_duration: Duration,
}

/// A worker as it is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerRecord {
    /// Its number.
    pub id: WorkerId,
    /// Its fencing token.
    pub epoch: LeaseEpoch,
    /// A name for humans.
    pub name: String,
    /// The orchestrators that it can run.
    pub offers: Vec<Offer>,
    /// When its lease runs out.
    pub expires_at: Timestamp,
    /// Whether it was found dead; its row stays until nothing is left of it.
    pub fenced: bool,
}

/// An instance's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceRecord {
    /// Its number.
    pub key: InstanceKey,
    /// Its id.
    pub id: InstanceId,
    /// Its current execution.
    pub execution: ExecutionId,
    /// The orchestrator's name.
    pub name: String,
    /// The orchestrator's version.
    pub version: String,
    /// Where it is in its life.
    pub status: Status,
    /// Why it is parked.
    pub parked_reason: Option<String>,
    /// What its orchestrator last set as its custom status.
    pub custom_status: Option<Payload>,
    /// When it was started; an execution that follows on another does not change it.
    pub created_at: Timestamp,
    /// When the row last changed: started, claimed, put to sleep, parked, ended.
    pub updated_at: Timestamp,
    /// Who runs it; `None` while it sleeps.
    pub owner: Option<WorkerId>,
    /// When it wants to be woken, while it sleeps.
    pub wake_at: Option<Timestamp>,
    /// How many times in a row its worker died without a commit of this instance in between.
    pub crashes: u32,
    /// What is tried alone, because it may be what kills workers; the engine's own text.
    pub mark: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// What a worker asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who asks.
    pub lease: Lease,
    /// What it can run.
    pub offers: Vec<Offer>,
    /// The time up to which a wake time has come.
    pub now: Timestamp,
    /// At most so many.
    pub limit: usize,
}

/// An instance that the asking worker owns now, with everything that is known of its current
/// execution.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimedInstance {
    /// Its row, after the claim. For one that was taken from a dead worker `crashes` has been
    /// raised by one.
    pub record: InstanceRecord,
    /// Its turns, in order.
    pub turns: Vec<PackedTurn>,
    /// The messages that it has not consumed, in order of arrival.
    pub inbox: Vec<InboxMessage>,
}

/// A message that no turn has consumed.
#[derive(Clone, Debug, PartialEq)]
pub struct InboxMessage {
    /// Its number, in order of arrival.
    pub id: MessageId,
    /// To whom.
    pub to: InstanceKey,
    /// What.
    pub message: Event,
}
