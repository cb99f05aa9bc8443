//! An instance that this worker owns: its session, what it waits for, what is on its way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::definition::CallOptions;
use crate::failure::{Failure, FailureKind};
use crate::history::{Event, ExecutionStarted, Origin, Parent, SubOrchestrationCreated, Turn};
use crate::id::{ExecutionId, InstanceId, InstanceKey, MessageId, TaskId};
use crate::payload::Payload;
use crate::store::{CommitOutcome, NewInstance, Offer, Request, Status, StoreError};
use crate::time::Timestamp;
use crate::trace::TraceContext;
use crate::worker::activities::RunId;
use crate::worker::engine::Mark;
use crate::worker::session::Session;

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The instance's status.
    pub status: Status,
    /// The value or the error.
    pub result: Result<Payload, Failure>,
}

impl Ended {
    /// How this turn ended the execution, if it did.
    pub fn of(turn: &Turn) -> Option<Self> {
        match turn.terminal()? {
            Event::ExecutionCompleted { output } => {
                Some(Self { status: Status::Completed, result: Ok(output.clone()) })
            }
            Event::ExecutionFailed { failure } => Some(Self { status: Status::Failed, result: Err(failure.clone()) }),
            Event::ExecutionTerminated { reason } => Some(Self {
                status: Status::Terminated,
                result: Err(Failure::new(FailureKind::Terminated, reason.clone())),
            }),
            // `ContinuedAsNew` ends an execution, not the instance.
            _ => None,
        }
    }
}

/// An instance that was started here.
#[derive(Debug)]
pub struct Started {
    /// Its key.
    pub key: InstanceKey,
    /// Its execution.
    pub execution: ExecutionId,
    /// Its end, for as long as this worker runs it.
    pub ended: oneshot::Receiver<Ended>,
}

/// Why an instance was not started here.
#[derive(Debug)]
pub enum StartRefused {
    /// This worker does not know the orchestrator, or is stopping: start it through the store.
    NotHere,
    /// The store refused it.
    Outcome(CommitOutcome),
    /// The store failed.
    Store(StoreError),
}

/// A request to start an instance and take its first turn in one commit.
#[derive(Debug)]
pub struct StartRequest {
    /// The instance.
    pub instance: NewInstance,
    /// Its start.
    pub started: ExecutionStarted,
    /// Who asks.
    pub request: Option<Request>,
    /// Answered after the commit.
    pub reply: oneshot::Sender<Result<Started, StartRefused>>,
}

/// A start that is not durable yet.
pub(super) struct PendingStart {
    pub(super) instance: NewInstance,
    pub(super) request: Option<Request>,
    pub(super) message: Event,
}

/// A message that waits for a turn.
pub(super) struct Queued {
    pub(super) message: Event,
    /// Where it stands in the inbox, if it came through it.
    pub(super) inbox: Option<MessageId>,
}

/// An activity call without a result.
pub(super) struct PendingTask {
    pub(super) attempt: u32,
    /// What to run; taken when it starts.
    pub(super) call: Option<TaskCall>,
    /// The run that is on its way.
    pub(super) run: Option<RunId>,
    /// How long it may go without a heartbeat, once it runs.
    pub(super) heartbeat: Option<Duration>,
}

pub(super) struct TaskCall {
    pub(super) name: Arc<str>,
    pub(super) input: Payload,
    pub(super) options: CallOptions,
}

/// Whether the live future is in memory.
pub(super) enum Presence {
    Live(Box<Session>),
    /// Evicted: its history brings it back.
    Absent,
    /// Being read back from the store.
    Reloading,
    /// Not to be touched before it is its turn to be tried.
    Suspect,
}

/// What happens once the turn is durable.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) start: Vec<TaskId>,
    /// Runs that nobody waits for any more.
    pub(super) cancel: Vec<CanceledRun>,
    pub(super) arm: Vec<(TaskId, u32)>,
    pub(super) ended: Option<Ended>,
    /// A new execution of the instance begins.
    pub(super) continued: Option<Continued>,
    /// Messages went into inboxes, perhaps of instances that this worker runs.
    pub(super) delivered: bool,
    /// It was parked because nobody had this: somebody may have come.
    pub(super) recheck: Option<Offer>,
    /// A turn it is.
    pub(super) is_turn: bool,
    /// It was marked as tried, or is cleared; a turn it was not.
    pub(super) marks: bool,
    /// It is read back from the store, to be tried.
    pub(super) reads_back: bool,
    /// It leaves this worker: ended, asleep or parked.
    pub(super) leaves: bool,
    /// What the turn consumed: if the commit fails, results of activities are nowhere else.
    pub(super) messages: Vec<Event>,
}

/// A run of a call that a turn has cancelled.
pub(super) struct CanceledRun {
    pub(super) task: TaskId,
    pub(super) attempt: u32,
    pub(super) run: RunId,
}

/// The orchestrator of the execution that follows.
pub(super) struct Continued {
    pub(super) name: String,
    pub(super) version: String,
}

pub(super) struct Resident {
    /// `None` until the commit that creates it.
    pub(super) key: Option<InstanceKey>,
    pub(super) id: InstanceId,
    pub(super) execution: ExecutionId,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) status: Status,
    pub(super) crashes: u32,
    pub(super) presence: Presence,
    /// While it is suspect.
    pub(super) mark: Option<Box<Mark>>,
    pub(super) queue: Vec<Queued>,
    /// The last inbox message that it was given: the claim and the mail overlap.
    pub(super) seen: MessageId,
    /// At most one turn is uncommitted.
    pub(super) uncommitted: Option<Effects>,
    pub(super) open: OpenOperations,
    /// Its start, until it is durable.
    pub(super) start: Option<Box<PendingStart>>,
    /// The children of a copied history, until its first turn.
    pub(super) births: Vec<SubOrchestrationCreated>,
    pub(super) starter: Option<oneshot::Sender<Result<Started, StartRefused>>>,
    pub(super) waiters: Vec<oneshot::Sender<Ended>>,
    /// Whether it stands in the list of those that can take a turn.
    pub(super) is_ready: bool,
    /// When it was last used, in turns of the engine; for eviction.
    pub(super) stamp: u64,
}

/// What an execution waits for, as its turns say.
#[derive(Default)]
pub(super) struct OpenOperations {
    pub(super) tasks: BTreeMap<TaskId, PendingTask>,
    /// Timers by operation and attempt.
    pub(super) timers: BTreeMap<(TaskId, u32), Timestamp>,
    /// Sub-orchestrations that are awaited, with their attempt.
    pub(super) children: BTreeMap<TaskId, (u32, String)>,
    /// When calls with an overall time limit were first scheduled.
    pub(super) since: BTreeMap<TaskId, Timestamp>,
    /// Who waits for the end.
    pub(super) parent: Option<Parent>,
    /// What idempotency keys derive from.
    pub(super) seed: u64,
    /// Where the history was copied from.
    pub(super) origin: Option<Box<Origin>>,
    /// The trace that it belongs to.
    pub(super) trace: Option<TraceContext>,
}

impl OpenOperations {
    /// Takes in a turn; returns what is to happen once it is durable.
    pub(super) fn absorb(&mut self, turn: &Turn) -> Effects {
        let mut effects = Effects::default();
        for message in &turn.messages {
            match message {
                Event::TaskCompleted { id, attempt, .. } | Event::TaskFailed { id, attempt, .. }
                    if self.tasks.get(id).is_some_and(|t| t.attempt == *attempt) =>
                {
                    self.tasks.remove(id);
                }
                Event::TimerFired { id, attempt } => {
                    self.timers.remove(&(*id, *attempt));
                }
                Event::SubOrchestrationCompleted { id, attempt, .. }
                | Event::SubOrchestrationFailed { id, attempt, .. }
                    if self.children.get(id).is_some_and(|(a, _)| a == attempt) =>
                {
                    self.children.remove(id);
                }
                Event::ExecutionStarted(started) => {
                    self.parent.clone_from(&started.parent);
                    self.origin.clone_from(&started.origin);
                    (self.seed, self.trace) = (started.seed, started.trace);
                }
                _ => {}
            }
        }
        for decision in &turn.decisions {
            match decision {
                Event::TaskScheduled { id, attempt, name, input, options } => {
                    if *attempt == 1 && options.total_timeout.is_some() {
                        self.since.insert(*id, turn.at);
                    }
                    let call = TaskCall { name: name.as_str().into(), input: input.clone(), options: *options };
                    self.tasks
                        .insert(*id, PendingTask { attempt: *attempt, call: Some(call), run: None, heartbeat: None });
                    effects.start.push(*id);
                }
                Event::TimerCreated { id, attempt, fire_at } => {
                    self.timers.insert((*id, *attempt), *fire_at);
                    effects.arm.push((*id, *attempt));
                }
                Event::TaskCanceled { id } | Event::TimerCanceled { id } => {
                    let canceled = self.tasks.remove(id).and_then(|t| Some((t.attempt, t.run?)));
                    effects.cancel.extend(canceled.map(|(attempt, run)| CanceledRun { task: *id, attempt, run }));
                    while let Some((timer, _)) = self.timers.range((*id, 0)..=(*id, u32::MAX)).next() {
                        let timer = *timer;
                        self.timers.remove(&timer);
                    }
                }
                Event::SubOrchestrationCreated(c) if !c.detached => {
                    self.children.insert(c.id, (c.attempt, c.instance.clone()));
                }
                Event::SubOrchestrationCanceled { id, .. } => {
                    self.children.remove(id);
                }
                Event::ContinuedAsNew { name, version, .. } => {
                    effects.continued = Some(Continued { name: name.clone(), version: version.clone() });
                }
                _ => {}
            }
        }
        effects.start.retain(|id| self.tasks.contains_key(id));
        effects.arm.retain(|timer| self.timers.contains_key(timer));
        effects.ended = Ended::of(turn);
        effects
    }

    /// What the idempotency key of this operation derives from.
    pub(super) fn key_seed(&self, task: TaskId) -> u64 {
        self.origin.as_ref().map_or(self.seed, |origin| origin.key_seed_of(task))
    }

    /// The instance of a child that the history knows by this id: a fork's children are its own.
    pub(super) fn child_instance(&self, of: &InstanceId, task: TaskId, known_as: &str) -> String {
        match &self.origin {
            Some(origin) => origin.child_instance(of, task, known_as),
            None => known_as.to_owned(),
        }
    }

    /// The run of this attempt, and how long it may go without a heartbeat.
    pub(super) fn running(&self, task: TaskId, attempt: u32) -> Option<(RunId, Option<Duration>)> {
        let task = self.tasks.get(&task).filter(|t| t.attempt == attempt)?;
        Some((task.run?, task.heartbeat))
    }

    /// Whether this message still means something.
    pub(super) fn wants(&self, message: &Event) -> bool {
        match message {
            Event::TaskCompleted { id, attempt, .. } | Event::TaskFailed { id, attempt, .. } => {
                self.tasks.get(id).is_some_and(|t| t.attempt == *attempt)
            }
            Event::TimerFired { id, attempt } => self.timers.contains_key(&(*id, *attempt)),
            _ => true,
        }
    }
}
