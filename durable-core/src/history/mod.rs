//! The record of an execution: events, grouped in turns.
//!
//! A history is a flat, numbered list of events. Each turn begins with
//! [`Event::TurnStarted`], continues with the messages that the turn consumed, in the order in
//! which the orchestrator saw them, and ends with the decisions that the orchestrator made.
//! Nothing else decides how a replay goes.
//!
//! The set maps one-to-one on the Durable Task protocol's `HistoryEvent` (`orchestratorStarted`,
//! `executionStarted`, `taskScheduled`, `taskCompleted`, `timerCreated` …).

mod codec;
mod export;

pub use codec::{CODEC_VERSION, CodecError, PackedTurn};
pub use export::{HISTORY_EXPORT_VERSION, HistoryImportError};

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::definition::CallOptions;
use crate::failure::Failure;
use crate::id::{EventSeq, ExecutionId, InstanceId, TaskId};
use crate::payload::Payload;
use crate::time::Timestamp;
use crate::trace::TraceContext;

/// One event. Its number is its place in the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Event {
    /// A turn begins; `at` is what `ctx.now()` says all through it.
    TurnStarted {
        /// The turn's time.
        at: Timestamp,
    },

    // ---------------------------------------------------------------- messages
    /// The execution begins.
    ExecutionStarted(Box<ExecutionStarted>),
    /// An activity returned a value.
    TaskCompleted {
        /// Which operation.
        id: TaskId,
        /// Which attempt.
        #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
        attempt: u32,
        /// The value.
        result: Payload,
    },
    /// An activity failed, in whichever way.
    TaskFailed {
        /// Which operation.
        id: TaskId,
        /// Which attempt.
        #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
        attempt: u32,
        /// How.
        failure: Failure,
    },
    /// A timer's time came.
    TimerFired {
        /// Which operation.
        id: TaskId,
        /// For the delay before a retry: the attempt that follows.
        #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
        attempt: u32,
    },

    /// A sub-orchestration ended with a value.
    SubOrchestrationCompleted {
        /// Which operation.
        id: TaskId,
        /// Which attempt.
        #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
        attempt: u32,
        /// The value.
        result: Payload,
    },
    /// A sub-orchestration ended without a value, or could not be started.
    SubOrchestrationFailed {
        /// Which operation.
        id: TaskId,
        /// Which attempt.
        #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
        attempt: u32,
        /// How.
        failure: Failure,
    },
    /// Somebody raised an external event.
    EventRaised {
        /// Its name, as it was given; names are compared without regard to case.
        name: String,
        /// What came with it.
        payload: Payload,
    },
    /// Somebody asked for the end.
    TerminateRequested {
        /// Why.
        reason: String,
        /// The call that was let go of, if its parent asks: only the instance that was started by it
        /// ends, and not another one of the same id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Parent>,
    },
    /// Somebody suspended the instance: from here on messages are recorded, and nothing is decided.
    Suspended {
        /// Why.
        reason: String,
    },
    /// Somebody resumed the instance: what was recorded meanwhile is delivered now.
    Resumed {
        /// Why.
        reason: String,
    },

    /// Somebody asked for a finished instance to go on from before its failure. Stands in inboxes
    /// only: what comes of it is an execution with [`Event::ExecutionRewound`].
    RewindRequested {
        /// Why.
        reason: String,
        /// The call that waits for it anew, if its parent was rewound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Parent>,
    },
    /// What comes before was copied from an earlier execution, whose failure is left out: what was
    /// open then runs again.
    ExecutionRewound {
        /// The earlier execution.
        execution: ExecutionId,
        /// Why.
        reason: String,
    },
    /// What comes before was copied from another instance: what was open then runs again, here.
    ExecutionForked {
        /// The other instance.
        instance: String,
        /// Its execution.
        execution: ExecutionId,
    },
    /// The execution has to end for a reason outside of its code: it reached a limit.
    ExecutionAborted {
        /// How it ends.
        failure: Failure,
    },

    // ---------------------------------------------------------------- decisions
    /// The orchestrator called an activity, or a retry is due.
    TaskScheduled {
        /// Which operation.
        id: TaskId,
        /// Which attempt.
        #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
        attempt: u32,
        /// The activity's name.
        name: String,
        /// Its arguments.
        input: Payload,
        /// How it is to run.
        #[serde(default, skip_serializing_if = "CallOptions::is_default")]
        options: CallOptions,
    },
    /// The orchestrator set a timer, or a retry waits for its delay.
    TimerCreated {
        /// Which operation.
        id: TaskId,
        /// For the delay before a retry: the attempt that follows.
        #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
        attempt: u32,
        /// When it fires.
        fire_at: Timestamp,
    },
    /// The orchestrator dropped an activity call that had no result yet.
    TaskCanceled {
        /// Which operation.
        id: TaskId,
    },
    /// The orchestrator dropped a timer that had not fired.
    TimerCanceled {
        /// Which operation.
        id: TaskId,
    },
    /// The orchestrator waits for an external event.
    EventAwaited {
        /// Which operation.
        id: TaskId,
        /// For events of this name.
        name: String,
    },
    /// The orchestrator dropped a wait that had returned no event; one that it had been given goes
    /// back to its old place.
    EventAwaitCanceled {
        /// Which operation.
        id: TaskId,
    },
    /// The orchestrator started a sub-orchestration, or a retry of one is due.
    SubOrchestrationCreated(Box<SubOrchestrationCreated>),
    /// The orchestrator dropped a sub-orchestration that had not ended: it is terminated.
    SubOrchestrationCanceled {
        /// Which operation.
        id: TaskId,
        /// The sub-orchestration's instance.
        instance: String,
    },
    /// The orchestrator sent an event to another instance.
    EventSent {
        /// To which instance.
        instance: String,
        /// The event's name.
        name: String,
        /// What comes with it.
        payload: Payload,
    },
    /// The orchestrator set its custom status.
    CustomStatusSet {
        /// The status.
        status: Payload,
    },
    /// A value that was read once and is the same ever after.
    SideEffectRecorded {
        /// Which operation.
        id: TaskId,
        /// The value.
        value: Payload,
    },
    /// The execution takes the new way at a place where the code was changed.
    PatchApplied {
        /// The change's name.
        patch: String,
    },
    /// The orchestrator goes on as a new execution with a history of its own. The last event.
    ContinuedAsNew {
        /// The new execution's orchestrator.
        name: String,
        /// Its version.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        version: String,
        /// Its arguments.
        input: Payload,
        /// Whether events that nobody has taken go along.
        carry_events: bool,
    },
    /// The execution was ended on request. The last event.
    ExecutionTerminated {
        /// Why.
        reason: String,
    },
    /// The orchestrator returned a value. The last event.
    ExecutionCompleted {
        /// The value.
        output: Payload,
    },
    /// The orchestrator returned an error, or panicked. The last event.
    ExecutionFailed {
        /// How.
        failure: Failure,
    },
}

/// The beginning of an execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionStarted {
    /// The orchestrator's name.
    pub name: String,
    /// Its version; empty unless it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Its arguments.
    pub input: Payload,
    /// What `ctx.random()`, `ctx.new_uuid()` and idempotency keys derive from, drawn once at
    /// the start.
    pub seed: u64,
    /// Who waits for its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// The W3C `traceparent` under which it was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceContext>,
    /// Where its history began, if it was copied: rewound, forked or restarted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Box<Origin>>,
}

impl ExecutionStarted {
    /// A start of its own: without parent, trace and origin.
    pub fn new(name: impl Into<String>, version: impl Into<String>, input: Payload, seed: u64) -> Self {
        Self { name: name.into(), version: version.into(), input, seed, parent: None, trace: None, origin: None }
    }

    /// What the ids of children and the idempotency keys of this operation derive from. An operation
    /// that was copied keeps what it had: what has been done under its key is not done twice.
    pub(crate) fn key_seed(&self, task: TaskId) -> u64 {
        self.origin.as_ref().map_or(self.seed, |origin| origin.key_seed_of(task))
    }
}

impl Origin {
    /// Of an instance that is started once more with the input of another: nothing but that is
    /// copied.
    pub fn restart(instance: &InstanceId, execution: ExecutionId, seed: u64) -> Self {
        Self {
            kind: OriginKind::Restart,
            instance: instance.to_string(),
            execution,
            identity: None,
            identity_execution: None,
            key_seed: seed,
            keys: Vec::new(),
            forked_below: None,
        }
    }

    /// The instance of a child that the history knows by this id: a fork's children are its own.
    pub(crate) fn child_instance(&self, of: &InstanceId, task: TaskId, known_as: &str) -> String {
        let is_forked = self.forked_below.is_some_and(|below| task < below);
        if is_forked { format!("{of}~{task}") } else { known_as.to_owned() }
    }

    /// What the keys of this operation derive from.
    pub(crate) fn key_seed_of(&self, task: TaskId) -> u64 {
        self.keys.iter().find(|k| task < k.below).map_or(self.key_seed, |k| k.seed)
    }
}

/// Where an execution comes from that did not begin at its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// How it was made.
    pub kind: OriginKind,
    /// The instance that it was made from.
    pub instance: String,
    /// Its execution.
    pub execution: ExecutionId,
    /// What `ctx.instance_id()` says: the first instance of all, whose id is in the copied part.
    /// Its own if nothing was copied (a restart).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// What `ctx.execution_id()` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_execution: Option<ExecutionId>,
    /// What operations after the copied part derive keys from.
    pub key_seed: u64,
    /// What copied operations derive keys from, in ascending order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeySeed>,
    /// Children of operations below this are the forked instance's own, under other ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_below: Option<TaskId>,
}

/// How an execution was made from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OriginKind {
    /// Started once more with the same input.
    Restart,
    /// Of the same instance, from before a failure.
    Rewind,
    /// Of another instance, from one of its events on.
    Fork,
}

/// What the operations of a copied part derive keys from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySeed {
    /// Operations with smaller numbers, and not below the entry before.
    pub below: TaskId,
    /// Their seed.
    pub seed: u64,
}

/// The call that started a sub-orchestration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The parent's instance.
    pub instance: String,
    /// Its execution.
    pub execution: ExecutionId,
    /// Which of its operations.
    pub task: TaskId,
    /// Which attempt.
    #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
    pub attempt: u32,
}

/// A sub-orchestration as its parent decided on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubOrchestrationCreated {
    /// Which operation.
    pub id: TaskId,
    /// Which attempt.
    #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
    pub attempt: u32,
    /// Its instance.
    pub instance: String,
    /// The orchestrator's name.
    pub name: String,
    /// The orchestrator's version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Its arguments.
    pub input: Payload,
    /// How it is to run.
    #[serde(default, skip_serializing_if = "CallOptions::is_default")]
    pub options: CallOptions,
    /// Nobody waits for it, and it outlives its parent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detached: bool,
}

impl Parent {
    /// Whether this is the call that started an instance whose parent is `of`, in whichever attempt.
    pub fn started(&self, of: Option<&Parent>) -> bool {
        of.is_some_and(|p| (&p.instance, p.execution, p.task) == (&self.instance, self.execution, self.task))
    }
}

fn first_attempt() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_first_attempt(attempt: &u32) -> bool {
    *attempt == 1
}

impl Event {
    /// The event's type as it stands in the history.
    pub fn type_name(&self) -> &'static str {
        match self {
            Event::TurnStarted { .. } => "TurnStarted",
            Event::ExecutionStarted(_) => "ExecutionStarted",
            Event::TaskCompleted { .. } => "TaskCompleted",
            Event::TaskFailed { .. } => "TaskFailed",
            Event::TimerFired { .. } => "TimerFired",
            Event::TaskScheduled { .. } => "TaskScheduled",
            Event::TimerCreated { .. } => "TimerCreated",
            Event::TaskCanceled { .. } => "TaskCanceled",
            Event::TimerCanceled { .. } => "TimerCanceled",
            Event::ExecutionCompleted { .. } => "ExecutionCompleted",
            Event::ExecutionFailed { .. } => "ExecutionFailed",
            Event::SubOrchestrationCompleted { .. } => "SubOrchestrationCompleted",
            Event::SubOrchestrationFailed { .. } => "SubOrchestrationFailed",
            Event::EventRaised { .. } => "EventRaised",
            Event::TerminateRequested { .. } => "TerminateRequested",
            Event::Suspended { .. } => "Suspended",
            Event::Resumed { .. } => "Resumed",
            Event::RewindRequested { .. } => "RewindRequested",
            Event::ExecutionRewound { .. } => "ExecutionRewound",
            Event::ExecutionForked { .. } => "ExecutionForked",
            Event::ExecutionAborted { .. } => "ExecutionAborted",
            Event::EventAwaited { .. } => "EventAwaited",
            Event::EventAwaitCanceled { .. } => "EventAwaitCanceled",
            Event::SubOrchestrationCreated(_) => "SubOrchestrationCreated",
            Event::SubOrchestrationCanceled { .. } => "SubOrchestrationCanceled",
            Event::EventSent { .. } => "EventSent",
            Event::CustomStatusSet { .. } => "CustomStatusSet",
            Event::SideEffectRecorded { .. } => "SideEffectRecorded",
            Event::PatchApplied { .. } => "PatchApplied",
            Event::ContinuedAsNew { .. } => "ContinuedAsNew",
            Event::ExecutionTerminated { .. } => "ExecutionTerminated",
        }
    }

    /// Whether this came from outside the orchestrator, as opposed to being its decision.
    pub fn is_message(&self) -> bool {
        matches!(
            self,
            Event::ExecutionStarted(_)
                | Event::TaskCompleted { .. }
                | Event::TaskFailed { .. }
                | Event::TimerFired { .. }
                | Event::SubOrchestrationCompleted { .. }
                | Event::SubOrchestrationFailed { .. }
                | Event::EventRaised { .. }
                | Event::TerminateRequested { .. }
                | Event::Suspended { .. }
                | Event::Resumed { .. }
                | Event::RewindRequested { .. }
                | Event::ExecutionRewound { .. }
                | Event::ExecutionForked { .. }
                | Event::ExecutionAborted { .. }
        )
    }

    /// Whether this ends the execution.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Event::ExecutionCompleted { .. }
                | Event::ExecutionFailed { .. }
                | Event::ExecutionTerminated { .. }
                | Event::ContinuedAsNew { .. }
        )
    }

    /// The operation that this is about.
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Event::TaskCompleted { id, .. }
            | Event::TaskFailed { id, .. }
            | Event::TimerFired { id, .. }
            | Event::TaskScheduled { id, .. }
            | Event::TimerCreated { id, .. }
            | Event::TaskCanceled { id }
            | Event::TimerCanceled { id }
            | Event::SubOrchestrationCompleted { id, .. }
            | Event::SubOrchestrationFailed { id, .. }
            | Event::SubOrchestrationCanceled { id, .. }
            | Event::EventAwaited { id, .. }
            | Event::EventAwaitCanceled { id }
            | Event::SideEffectRecorded { id, .. } => Some(*id),
            Event::SubOrchestrationCreated(created) => Some(created.id),
            _ => None,
        }
    }
}

/// How a call is to run, where that is not as usual.
fn write_options(f: &mut fmt::Formatter<'_>, options: &CallOptions) -> fmt::Result {
    if options.compensates {
        f.write_str(", a compensation")?;
    }
    let others = CallOptions { compensates: false, ..*options };
    if others.is_default() { Ok(()) } else { write!(f, " ({others:?})") }
}

impl fmt::Display for Event {
    /// One line for humans, as nondeterminism reports show it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let retry = |attempt: &u32| if *attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
        match self {
            Event::TurnStarted { at } => write!(f, "turn at {at}"),
            Event::ExecutionStarted(s) => {
                write!(
                    f,
                    "start of `{}`{}{} with {}",
                    s.name,
                    if s.version.is_empty() { "" } else { "@" },
                    s.version,
                    s.input
                )
            }
            Event::TaskCompleted { id, attempt, result } => {
                write!(f, "#{id} completed with {result}{}", retry(attempt))
            }
            Event::TaskFailed { id, attempt, failure } => write!(f, "#{id} failed: {failure}{}", retry(attempt)),
            Event::TimerFired { id, attempt } => write!(f, "timer #{id} fired{}", retry(attempt)),
            Event::TaskScheduled { id, attempt, name, input, options } => {
                write!(f, "#{id}: call activity `{name}` with {input}{}", retry(attempt))?;
                write_options(f, options)
            }
            Event::TimerCreated { id, attempt, fire_at } => write!(f, "#{id}: timer at {fire_at}{}", retry(attempt)),
            Event::TaskCanceled { id } => write!(f, "#{id}: cancel the activity"),
            Event::TimerCanceled { id } => write!(f, "#{id}: cancel the timer"),
            Event::SubOrchestrationCompleted { id, attempt, result } => {
                write!(f, "#{id} completed with {result}{}", retry(attempt))
            }
            Event::SubOrchestrationFailed { id, attempt, failure } => {
                write!(f, "#{id} failed: {failure}{}", retry(attempt))
            }
            Event::EventRaised { name, payload } => write!(f, "event {name:?} with {payload}"),
            Event::TerminateRequested { reason, .. } => write!(f, "terminate: {reason}"),
            Event::Suspended { reason } => write!(f, "suspend: {reason}"),
            Event::Resumed { reason } => write!(f, "resume: {reason}"),
            Event::RewindRequested { reason, .. } => write!(f, "rewind: {reason}"),
            Event::ExecutionRewound { execution, reason } => {
                write!(f, "so far as in execution {execution}, without its failure: {reason}")
            }
            Event::ExecutionForked { instance, execution } => {
                write!(f, "so far as in execution {execution} of {instance:?}")
            }
            Event::ExecutionAborted { failure } => write!(f, "abort: {failure}"),
            Event::EventAwaited { id, name } => write!(f, "#{id}: wait for event {name:?}"),
            Event::EventAwaitCanceled { id } => write!(f, "#{id}: stop waiting for the event"),
            Event::SubOrchestrationCreated(c) => {
                let verb = if c.detached { "start" } else { "call" };
                write!(
                    f,
                    "#{}: {verb} orchestrator `{}`{}",
                    c.id,
                    c.name,
                    if c.version.is_empty() { "" } else { "@" }
                )?;
                write!(f, "{} as {:?} with {}{}", c.version, c.instance, c.input, retry(&c.attempt))?;
                write_options(f, &c.options)
            }
            Event::SubOrchestrationCanceled { id, instance } => write!(f, "#{id}: terminate {instance:?}"),
            Event::EventSent { instance, name, payload } => {
                write!(f, "send event {name:?} to {instance:?} with {payload}")
            }
            Event::CustomStatusSet { status } => write!(f, "set the custom status to {status}"),
            Event::SideEffectRecorded { id, value } => write!(f, "#{id}: record {value}"),
            Event::PatchApplied { patch } => write!(f, "take the new way of patch {patch:?}"),
            Event::ContinuedAsNew { name, version, input, .. } => {
                write!(
                    f,
                    "continue as new: `{name}`{}{version} with {input}",
                    if version.is_empty() { "" } else { "@" }
                )
            }
            Event::ExecutionTerminated { reason } => write!(f, "terminated: {reason}"),
            Event::ExecutionCompleted { output } => write!(f, "complete with {output}"),
            Event::ExecutionFailed { failure } => write!(f, "fail: {failure}"),
        }
    }
}

/// What happened between two checkpoints: the turn's time, the messages that it consumed, the
/// decisions that it made.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The number of its first event, the [`Event::TurnStarted`].
    pub seq: EventSeq,
    /// What `ctx.now()` says all through it.
    pub at: Timestamp,
    /// What it consumed, in order.
    pub messages: Vec<Event>,
    /// What it decided, in order.
    pub decisions: Vec<Event>,
}

impl Turn {
    /// How many events it has, the `TurnStarted` included.
    pub fn count(&self) -> u64 {
        1 + self.messages.len() as u64 + self.decisions.len() as u64
    }

    /// The number of the first event of the next turn.
    pub fn next_seq(&self) -> EventSeq {
        self.seq.plus(self.count())
    }

    /// Its events in order.
    pub fn into_events(self) -> impl Iterator<Item = Event> {
        std::iter::once(Event::TurnStarted { at: self.at }).chain(self.messages).chain(self.decisions)
    }

    /// The event that ends the execution, if it is in this turn.
    pub fn terminal(&self) -> Option<&Event> {
        self.decisions.last().filter(|e| e.is_terminal())
    }
}

/// One event as a reader of histories sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEvent {
    /// Its number in the execution.
    pub seq: EventSeq,
    /// The time of its turn.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// The history of one execution.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Whose.
    pub instance: InstanceId,
    /// Which execution.
    pub execution: ExecutionId,
    /// Its turns, in order.
    pub turns: Vec<Turn>,
}

impl History {
    /// Its events, in order.
    pub fn events(&self) -> impl Iterator<Item = HistoryEvent> + '_ {
        self.turns.iter().flat_map(|turn| {
            let (at, first) = (turn.at, turn.seq);
            (0..).zip(turn.clone().into_events()).map(move |(n, event)| HistoryEvent { seq: first.plus(n), at, event })
        })
    }
}

impl fmt::Display for History {
    /// A table: number, time, event.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.events().try_for_each(|e| writeln!(f, "{:>5}  {}  {:<18}  {}", e.seq, e.at, e.event.type_name(), e.event))
    }
}
