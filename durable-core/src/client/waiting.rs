//! What an instance waits for, as its row and its history say.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use crate::history::{Event, Origin, Turn};
use crate::id::TaskId;
use crate::store::{InstanceRecord, Status};
use crate::time::Timestamp;

/// One thing that an instance waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitingFor {
    /// The time of its scheduled start.
    Start {
        /// When that is.
        at: Timestamp,
    },
    /// A worker that has its code, or has room for it.
    Worker {
        /// The orchestrator's name.
        name: String,
        /// Its version.
        version: String,
        /// Since when it could run.
        since: Timestamp,
    },
    /// Somebody to repair what it is parked for.
    Repair {
        /// Why it is parked.
        reason: String,
    },
    /// Somebody to resume it.
    Resume {
        /// Why it was suspended.
        reason: String,
    },
    /// The result of an activity.
    Activity {
        /// Which operation.
        task: TaskId,
        /// The activity's name.
        name: String,
        /// Which attempt: the one that runs, or the one that has failed and will be followed by
        /// another.
        attempt: u32,
        /// When that attempt was scheduled.
        since: Timestamp,
        /// After a failed attempt: when the next one begins.
        next_retry_at: Option<Timestamp>,
    },
    /// The end of a sub-orchestration.
    SubOrchestration {
        /// Which operation.
        task: TaskId,
        /// Its instance.
        instance: String,
        /// The orchestrator's name.
        name: String,
        /// Which attempt.
        attempt: u32,
        /// When that attempt was started.
        since: Timestamp,
        /// After a failed attempt: when the next one begins.
        next_retry_at: Option<Timestamp>,
    },
    /// A timer.
    Timer {
        /// Which operation.
        task: TaskId,
        /// When it fires.
        fires_at: Timestamp,
    },
    /// An external event.
    Event {
        /// Which operation.
        task: TaskId,
        /// The event's name.
        name: String,
    },
}

impl fmt::Display for WaitingFor {
    /// One line for humans.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let call = |f: &mut fmt::Formatter<'_>, attempt: &u32, since: &Timestamp, retry: &Option<Timestamp>| match retry
        {
            Some(at) => write!(f, ", attempt {attempt} has failed, the next one begins at {at}"),
            None => write!(f, ", attempt {attempt}, since {since}"),
        };
        match self {
            WaitingFor::Start { at } => write!(f, "its start at {at}"),
            WaitingFor::Worker { name, version, since } => {
                let at = if version.is_empty() { "" } else { "@" };
                write!(f, "a worker that runs `{name}`{at}{version}, since {since}")
            }
            WaitingFor::Repair { reason } => write!(f, "a repair: {reason}"),
            WaitingFor::Resume { reason } => write!(f, "a resume, suspended: {reason}"),
            WaitingFor::Activity { task, name, attempt, since, next_retry_at } => {
                write!(f, "#{task}: activity `{name}`")?;
                call(f, attempt, since, next_retry_at)
            }
            WaitingFor::SubOrchestration { task, instance, name, attempt, since, next_retry_at } => {
                write!(f, "#{task}: sub-orchestration `{name}` as {instance:?}")?;
                call(f, attempt, since, next_retry_at)
            }
            WaitingFor::Timer { task, fires_at } => write!(f, "#{task}: a timer at {fires_at}"),
            WaitingFor::Event { task, name } => write!(f, "#{task}: event {name:?}"),
        }
    }
}

/// What an instance that has not ended waits for: first what its row says, then its operations in
/// order of number.
pub(super) fn waiting_for(record: &InstanceRecord, turns: &[Turn], now: Timestamp) -> Vec<WaitingFor> {
    let mut open = Open::default();
    for turn in turns {
        open.absorb(turn);
    }
    let mut waiting = Vec::new();
    match record.status {
        Status::Parked => {
            waiting.push(WaitingFor::Repair { reason: record.parked_reason.clone().unwrap_or_default() });
        }
        Status::Suspended => waiting.push(WaitingFor::Resume { reason: open.suspended.clone().unwrap_or_default() }),
        _ => {}
    }
    let wake_at = record.wake_at.filter(|_| record.owner.is_none() && record.status != Status::Parked);
    match wake_at {
        Some(at) if at <= now => {
            let (name, version) = (record.name.clone(), record.version.clone());
            waiting.push(WaitingFor::Worker { name, version, since: at });
        }
        Some(at) if record.status == Status::Pending => waiting.push(WaitingFor::Start { at }),
        _ => {}
    }
    let child = |task: TaskId, known_as: &str| match &open.origin {
        Some(origin) => origin.child_instance(&record.id, task, known_as),
        None => known_as.to_owned(),
    };
    waiting.extend(open.operations.iter().map(|(task, operation)| operation.as_waiting(*task, child)));
    waiting
}

/// What stands open after some turns.
#[derive(Default)]
struct Open {
    operations: BTreeMap<TaskId, Operation>,
    /// Calls whose last attempt has failed: a retry may follow.
    failed: BTreeMap<TaskId, Operation>,
    events: BTreeMap<String, Named>,
    arrived: u64,
    suspended: Option<String>,
    origin: Option<Origin>,
}

enum Operation {
    Call { name: String, child: Option<String>, attempt: u32, since: Timestamp, retry_at: Option<Timestamp> },
    Timer { fires_at: Timestamp },
    Event { name: String },
}

/// External events of one name, and who waits for them: the oldest to the oldest.
#[derive(Default)]
struct Named {
    buffered: BTreeMap<u64, ()>,
    waiters: VecDeque<TaskId>,
    given: BTreeMap<TaskId, u64>,
}

impl Operation {
    fn as_waiting(&self, task: TaskId, child_instance: impl Fn(TaskId, &str) -> String) -> WaitingFor {
        match self {
            Operation::Call { name, child, attempt, since, retry_at } => {
                let (name, attempt, since, next_retry_at) = (name.clone(), *attempt, *since, *retry_at);
                match child {
                    Some(known_as) => {
                        let instance = child_instance(task, known_as);
                        WaitingFor::SubOrchestration { task, instance, name, attempt, since, next_retry_at }
                    }
                    None => WaitingFor::Activity { task, name, attempt, since, next_retry_at },
                }
            }
            Operation::Timer { fires_at } => WaitingFor::Timer { task, fires_at: *fires_at },
            Operation::Event { name } => WaitingFor::Event { task, name: name.clone() },
        }
    }

    fn is_attempt(&self, n: u32) -> bool {
        matches!(self, Operation::Call { attempt, .. } if *attempt == n)
    }
}

impl Open {
    fn absorb(&mut self, turn: &Turn) {
        turn.messages.iter().for_each(|m| self.message(m));
        turn.decisions.iter().for_each(|d| self.decision(d, turn.at));
    }

    fn message(&mut self, message: &Event) {
        match message {
            Event::ExecutionStarted(started) => self.origin = started.origin.as_deref().cloned(),
            Event::TaskCompleted { id, attempt, .. } | Event::SubOrchestrationCompleted { id, attempt, .. } => {
                self.answered(*id, *attempt);
            }
            Event::TaskFailed { id, attempt, .. } | Event::SubOrchestrationFailed { id, attempt, .. } => {
                if let Some(call) = self.answered(*id, *attempt) {
                    self.failed.insert(*id, call);
                }
            }
            Event::TimerFired { id, attempt: 1 } => {
                self.operations.remove(id);
            }
            Event::EventRaised { name, .. } => {
                self.arrived += 1;
                let named = self.events.entry(name.to_lowercase()).or_default();
                named.buffered.insert(self.arrived, ());
                self.give(&name.to_lowercase());
            }
            Event::Suspended { reason } => self.suspended = Some(reason.clone()),
            Event::Resumed { .. } => self.suspended = None,
            _ => {}
        }
    }

    fn answered(&mut self, id: TaskId, attempt: u32) -> Option<Operation> {
        if self.operations.get(&id).is_some_and(|o| o.is_attempt(attempt)) { self.operations.remove(&id) } else { None }
    }

    fn decision(&mut self, decision: &Event, at: Timestamp) {
        match decision {
            Event::TaskScheduled { id, attempt, name, .. } => {
                let (name, attempt) = (name.clone(), *attempt);
                self.operations.insert(*id, Operation::Call { name, child: None, attempt, since: at, retry_at: None });
            }
            Event::SubOrchestrationCreated(c) if !c.detached => {
                let (name, child, attempt) = (c.name.clone(), Some(c.instance.clone()), c.attempt);
                self.operations.insert(c.id, Operation::Call { name, child, attempt, since: at, retry_at: None });
            }
            Event::TimerCreated { id, attempt: 1, fire_at } => {
                self.operations.insert(*id, Operation::Timer { fires_at: *fire_at });
            }
            Event::TimerCreated { id, fire_at, .. } => {
                if let Some(Operation::Call { name, child, attempt, since, .. }) = self.failed.remove(id) {
                    let retry_at = Some(*fire_at);
                    self.operations.insert(*id, Operation::Call { name, child, attempt, since, retry_at });
                }
            }
            Event::EventAwaited { id, name } => {
                self.operations.insert(*id, Operation::Event { name: name.clone() });
                let name = name.to_lowercase();
                self.events.entry(name.clone()).or_default().waiters.push_back(*id);
                self.give(&name);
            }
            Event::EventAwaitCanceled { id } => self.take_back(*id),
            Event::TaskCanceled { id } | Event::TimerCanceled { id } | Event::SubOrchestrationCanceled { id, .. } => {
                self.operations.remove(id);
                self.failed.remove(id);
            }
            _ => {}
        }
    }

    /// Gives what has come to who waits for it.
    fn give(&mut self, name: &str) {
        let Some(named) = self.events.get_mut(name) else { return };
        while !named.buffered.is_empty() {
            let Some(waiter) = named.waiters.pop_front() else { return };
            if let Some((place, ())) = named.buffered.pop_first() {
                named.given.insert(waiter, place);
                self.operations.remove(&waiter);
            }
        }
    }

    /// A wait was dropped: what it had been given goes to the next one.
    fn take_back(&mut self, id: TaskId) {
        self.operations.remove(&id);
        let mut given_back = None;
        for (name, named) in &mut self.events {
            named.waiters.retain(|w| *w != id);
            if let Some(place) = named.given.remove(&id) {
                named.buffered.insert(place, ());
                given_back = Some(name.clone());
            }
        }
        if let Some(name) = given_back {
            self.give(&name);
        }
    }
}

#[cfg(test)]
mod tests;
