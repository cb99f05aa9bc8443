//! What a turn writes besides itself: its row, its messages to others, its successor.

use super::resident::{Effects, Resident};
use crate::failure::{Failure, FailureKind};
use crate::history::{Event, ExecutionStarted, Parent, SubOrchestrationCreated, Turn};
use crate::id::{InstanceId, TaskId};
use crate::payload::Payload;
use crate::store::{Delivery, InstanceUpdate, NewInstance, NextExecution, Ownership, Recipient, Status};
use crate::time::Timestamp;

/// The parts of a commit that follow from a turn.
pub(super) struct Writes {
    pub(super) update: Option<InstanceUpdate>,
    pub(super) next: Option<NextExecution>,
    pub(super) deliveries: Vec<Delivery>,
}

/// What becomes of the instance after this turn.
pub(super) enum Whereabouts {
    /// It stays with this worker.
    Stays,
    /// It has ended, or it sleeps until a message or this time.
    Leaves(Option<Timestamp>),
}

impl Resident {
    /// What this turn writes. `seed` draws a seed for each execution that begins by it.
    pub(super) fn writes_of(
        &self,
        turn: &Turn,
        effects: &Effects,
        whereabouts: &Whereabouts,
        untaken: Vec<Event>,
        seed: &mut dyn FnMut() -> u64,
    ) -> Writes {
        let mut deliveries = self.revive_children(turn, seed);
        let mut next = None;
        for decision in &turn.decisions {
            match decision {
                Event::SubOrchestrationCreated(created) => deliveries.push(self.birth(created, seed())),
                Event::SubOrchestrationCanceled { id, instance } => {
                    let reason = format!("its parent {} let go of it", self.id);
                    deliveries.extend(to_id(
                        &self.open.child_instance(&self.id, *id, instance),
                        Event::TerminateRequested { reason, by: Some(self.parent_of(*id, 1)) },
                    ));
                }
                Event::EventSent { instance, name, payload } => {
                    let raised = Event::EventRaised { name: name.clone(), payload: payload.clone() };
                    deliveries.extend(to_id(instance, raised));
                }
                Event::ContinuedAsNew { name, version, input, .. } => {
                    let started = ExecutionStarted {
                        parent: self.open.parent.clone(),
                        trace: self.open.trace,
                        ..ExecutionStarted::new(name, version, input.clone(), seed())
                    };
                    let mut messages = vec![Event::ExecutionStarted(Box::new(started))];
                    messages.extend(untaken.iter().cloned());
                    let (name, version) = (name.clone(), version.clone());
                    next = Some(NextExecution { name, version, messages, history: Vec::new(), keeps: false });
                }
                _ => {}
            }
        }
        if let (Some(ended), Some(parent)) = (&effects.ended, &self.open.parent) {
            deliveries.extend(report(parent, &ended.result));
        }
        Writes { update: self.update_of(turn, effects, whereabouts), next, deliveries }
    }

    /// A turn in the middle of things touches no row but its own. Progress clears suspicion.
    fn update_of(&self, turn: &Turn, effects: &Effects, whereabouts: &Whereabouts) -> Option<InstanceUpdate> {
        let custom_status = turn.decisions.iter().rev().find_map(|d| match d {
            Event::CustomStatusSet { status } => Some(status.clone()),
            _ => None,
        });
        let switched = turn.messages.iter().rev().find_map(|m| match m {
            Event::Suspended { .. } => Some(Status::Suspended),
            Event::Resumed { .. } => Some(Status::Running),
            _ => None,
        });
        let ownership = match whereabouts {
            Whereabouts::Stays => Ownership::Keep,
            Whereabouts::Leaves(wake_at) => Ownership::Release { wake_at: *wake_at },
        };
        let changes = ownership != Ownership::Keep
            || self.crashes > 0
            || switched.is_some()
            || custom_status.is_some()
            || effects.continued.is_some();
        // A suspension that came after the end of an execution is for the next one to take.
        let switched = if effects.continued.is_some() { Some(Status::Running) } else { switched };
        let status = effects.ended.as_ref().map(|e| e.status).or(switched);
        changes.then(|| InstanceUpdate {
            status: status.unwrap_or(self.status),
            ownership,
            parked_reason: None,
            crashes: 0,
            custom_status,
            mark: None,
        })
    }

    /// This instance as the parent of what it calls.
    pub(super) fn parent_of(&self, task: TaskId, attempt: u32) -> Parent {
        Parent { instance: self.id.to_string(), execution: self.execution, task, attempt }
    }

    /// The message that makes a sub-orchestration.
    pub(super) fn birth(&self, created: &SubOrchestrationCreated, seed: u64) -> Delivery {
        let refuse = |why: String| {
            let (id, attempt) = (created.id, created.attempt);
            let failure = Failure::new(FailureKind::Canceled, why);
            Event::SubOrchestrationFailed { id, attempt, failure }
        };
        let instance = self.open.child_instance(&self.id, created.id, &created.instance);
        let id = match InstanceId::new(&instance) {
            Ok(id) => id,
            Err(e) => return Delivery { to: Recipient::Subject, message: refuse(e.to_string()) },
        };
        let parent = (!created.detached).then(|| self.parent_of(created.id, created.attempt));
        let (name, version) = (created.name.clone(), created.version.clone());
        let refused =
            (!created.detached).then(|| Box::new(refuse(format!("instance {id} exists already and has not ended"))));
        let instance = NewInstance::new(id, name.clone(), version.clone());
        let trace = self.open.trace;
        let started =
            ExecutionStarted { parent, trace, ..ExecutionStarted::new(name, version, created.input.clone(), seed) };
        let message = Event::ExecutionStarted(Box::new(started));
        Delivery { to: Recipient::New { instance, refused }, message }
    }
}

/// What a parent is told of its child's end.
pub(super) fn report(parent: &Parent, result: &Result<Payload, Failure>) -> Option<Delivery> {
    let (id, attempt): (TaskId, u32) = (parent.task, parent.attempt);
    let message = match result {
        Ok(result) => Event::SubOrchestrationCompleted { id, attempt, result: result.clone() },
        Err(failure) => Event::SubOrchestrationFailed { id, attempt, failure: failure.clone() },
    };
    let id = InstanceId::new(&parent.instance).ok()?;
    Some(Delivery { to: Recipient::Id { id, execution: Some(parent.execution) }, message })
}

/// A message to an instance; `None` if the id cannot be one.
fn to_id(instance: &str, message: Event) -> Option<Delivery> {
    match InstanceId::new(instance) {
        Ok(id) => Some(Delivery { to: Recipient::Id { id, execution: None }, message }),
        Err(e) => {
            tracing::warn!("a message goes nowhere: {e}");
            None
        }
    }
}
