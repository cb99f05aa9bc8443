//! Rewinding: a finished instance goes on from before its failure, and so do its children.
//!
//! The request stands in the inbox of an instance that the store has made ready after its end.
//! Whoever claims it commits a new execution that begins with the copied turns, and lets go of
//! it: the copy is claimed like any other instance. The turn that takes
//! [`Event::ExecutionRewound`] asks the children that the copy waits for to do the same.

use super::resident::{Effects, Presence, Resident};
use super::writes::report;
use super::{Ended, Engine, LocalId};
use crate::history::{Event, PackedTurn, Parent, SubOrchestrationCreated, Turn};
use crate::id::{InstanceId, MessageId};
use crate::replay::{self, Copied};
use crate::store::{
    Commit, Delivery, InboxMessage, InstanceUpdate, NewInstance, NextExecution, Ownership, Recipient, Status,
    StatusSet, Subject,
};

/// A request to rewind that waits in an inbox.
pub(super) struct RewindRequest {
    reason: String,
    by: Option<Parent>,
    /// The history that it is about.
    turns: Vec<Turn>,
}

impl RewindRequest {
    /// The last one in this inbox.
    pub(super) fn among<'a>(messages: impl DoubleEndedIterator<Item = &'a Event>, turns: &[Turn]) -> Option<Self> {
        messages.rev().find_map(|m| match m {
            Event::RewindRequested { reason, by } => {
                Some(Self { reason: reason.clone(), by: by.clone(), turns: turns.to_vec() })
            }
            _ => None,
        })
    }
}

impl Engine {
    /// Does what was asked for, or puts the instance back to its end if it is not rewound.
    pub(super) fn rewind(&mut self, local: LocalId, request: RewindRequest) {
        let key_seed = (self.random)();
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let parent = resident.open.parent.clone();
        let is_for_me = |by: &Parent| parent.as_ref().is_some_and(|p| (&p.instance, p.task) == (&by.instance, by.task));
        let by = request.by.filter(is_for_me);
        let was_let_go = |message: &Event| match message {
            Event::RewindRequested { .. } => true,
            // By the execution of its parent that is no more.
            Event::TerminateRequested { by: Some(old), .. } => {
                by.as_ref().is_some_and(|new| (&old.instance, old.task) == (&new.instance, new.task))
            }
            _ => false,
        };
        let consumed: Vec<MessageId> =
            resident.queue.iter().filter(|q| was_let_go(&q.message)).filter_map(|q| q.inbox).collect();
        let ended = request.turns.last().and_then(Ended::of);
        let waits = by.clone().or(parent);
        let copied = replay::rewind(&resident.id, resident.execution, &request.turns, waits, &request.reason, key_seed);
        let has_value = matches!(&ended, Some(Ended { status: Status::Completed, .. }));
        match (copied, ended) {
            // Its own parent wants it to go on, and it has not ended.
            (Ok(copied), None) if by.is_some() => self.commit_copy(local, &copied, consumed),
            (Ok(copied), Some(_)) if !has_value => self.commit_copy(local, &copied, consumed),
            // It has a value: who asks gets it.
            (_, Some(ended)) => {
                let reports = by.as_ref().and_then(|by| report(by, &ended.result)).into_iter().collect();
                self.commit_end(local, ended.status, reports, consumed);
            }
            (_, None) => {
                // Nothing to rewind: it goes on as it is.
                resident.queue.retain(|q| !matches!(q.message, Event::RewindRequested { .. }));
                self.consume(local, consumed);
            }
        }
    }

    fn commit_copy(&mut self, local: LocalId, copied: &Copied, consumed: Vec<MessageId>) {
        let (now, lease) = (self.now, self.lease);
        let packed: Result<Vec<PackedTurn>, _> = copied.turns.iter().map(PackedTurn::pack).collect();
        let history = match packed {
            Ok(history) => history,
            Err(e) => return self.park(local, e.to_string()),
        };
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let Some(key) = resident.key else { return };
        tracing::info!(instance = %resident.id, from = %resident.execution, "rewound");
        let (name, version) = (resident.name.clone(), resident.version.clone());
        let next = NextExecution { name, version, messages: copied.messages.clone(), history, keeps: true };
        let update = InstanceUpdate {
            status: Status::Running,
            ownership: Ownership::Release { wake_at: Some(now) },
            parked_reason: None,
            crashes: 0,
            custom_status: None,
            mark: None,
        };
        let (update, next) = (Some(update), Some(next));
        self.leave_with(local, Commit { consumed, update, next, ..Commit::new(Subject::Owned { lease, key }, now) });
    }

    /// The instance is finished after all.
    fn commit_end(&mut self, local: LocalId, status: Status, deliveries: Vec<Delivery>, consumed: Vec<MessageId>) {
        let (now, lease) = (self.now, self.lease);
        let Some(key) = self.residents.get(&local).and_then(|r| r.key) else { return };
        let update = Some(InstanceUpdate {
            status,
            ownership: Ownership::Release { wake_at: None },
            parked_reason: None,
            crashes: 0,
            custom_status: None,
            mark: None,
        });
        self.leave_with(
            local,
            Commit { consumed, update, deliveries, ..Commit::new(Subject::Owned { lease, key }, now) },
        );
    }

    /// The last commit of an instance here.
    fn leave_with(&mut self, local: LocalId, commit: Commit) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        resident.presence = Presence::Absent;
        // What it delivers, itself included, is there to be claimed.
        resident.uncommitted = Some(Effects { delivered: true, ..Effects::leaving() });
        self.lru.remove(&resident.stamp);
        self.pending.push((local, commit));
    }
}

impl Resident {
    /// What the children that a copied history waits for are told, in the turn that begins the
    /// copy: those of a rewound one go on, or are started if they are no more; those of a fork are
    /// its own.
    pub(super) fn revive_children(&self, turn: &Turn, seed: &mut dyn FnMut() -> u64) -> Vec<Delivery> {
        let reason = turn.messages.iter().find_map(|m| match m {
            Event::ExecutionRewound { reason, .. } => Some(Some(reason)),
            Event::ExecutionForked { .. } => Some(None),
            _ => None,
        });
        let Some(reason) = reason else { return Vec::new() };
        let is_open =
            |c: &&SubOrchestrationCreated| self.open.children.get(&c.id).is_some_and(|(a, _)| *a == c.attempt);
        let mut deliveries = Vec::new();
        for created in self.births.iter().filter(is_open) {
            let birth = self.birth(created, seed());
            let (Some(reason), Recipient::New { instance, .. }) = (reason, &birth.to) else {
                deliveries.push(birth);
                continue;
            };
            let by = Some(self.parent_of(created.id, created.attempt));
            let request = Event::RewindRequested { reason: reason.clone(), by };
            let id: InstanceId = instance.id.clone();
            // It gets the one or the other, or is made.
            let instance = NewInstance { replaces: StatusSet::NONE, ..instance.clone() };
            let to_it = Recipient::Id { id: id.clone(), execution: None };
            deliveries.push(Delivery { to: to_it, message: request.clone() });
            deliveries.push(Delivery { to: Recipient::Finished { id }, message: request });
            deliveries.push(Delivery { to: Recipient::New { instance, refused: None }, message: birth.message });
        }
        deliveries
    }
}

/// The sub-orchestrations that a copied history has started, if this inbox begins one.
pub(super) fn births(turns: &[Turn], inbox: &[InboxMessage]) -> Vec<SubOrchestrationCreated> {
    let begins = |m: &Event| matches!(m, Event::ExecutionRewound { .. } | Event::ExecutionForked { .. });
    if !inbox.iter().any(|m| begins(&m.message)) {
        return Vec::new();
    }
    let decisions = turns.iter().flat_map(|t| &t.decisions);
    let created = decisions.filter_map(|d| match d {
        Event::SubOrchestrationCreated(created) if !created.detached => Some((**created).clone()),
        _ => None,
    });
    created.collect()
}
