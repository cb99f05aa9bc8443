//! Short ways to make commits.

use durable_core::history::{Event, PackedTurn};
use durable_core::store::{
    Commit, Delivery, InboxMessage, InstanceUpdate, Lease, NewInstance, NextExecution, Ownership, Recipient, Request,
    Status, StatusSet, Subject, TurnWrite,
};
use durable_core::{ExecutionId, InstanceKey, RequestId, Tags, Timestamp};

use super::fixture::{at, id};

pub(super) fn commit(subject: Subject) -> Commit {
    Commit::new(subject, at(0))
}

/// A start of orchestrator `f`.
pub(super) fn new(name: &str, owner: Option<Lease>) -> Commit {
    commit(Subject::New(NewInstance { owner, ..instance(name) }))
}

/// A new instance of orchestrator `f`, without an owner.
pub(super) fn instance(name: &str) -> NewInstance {
    NewInstance::new(id(name), "f", "")
}

/// A message to the instance of this id.
pub(super) fn raise(name: &str, message: Event) -> Commit {
    commit(Subject::Existing { id: id(name), unpark: false }).deliver(to_itself(message))
}

/// The same; it makes a parked one ready.
pub(super) fn poke(name: &str, message: Event) -> Commit {
    commit(Subject::Existing { id: id(name), unpark: true }).deliver(to_itself(message))
}

/// A message to an instance that has finished in one of these ways.
pub(super) fn revive(name: &str, among: StatusSet, message: Event) -> Commit {
    commit(Subject::Finished { id: id(name), among }).deliver(to_itself(message))
}

pub(super) fn owned(lease: Lease, key: InstanceKey) -> Commit {
    commit(Subject::Owned { lease, key })
}

pub(super) fn to(name: &str, message: Event) -> Delivery {
    Delivery { to: Recipient::Id { id: id(name), execution: None }, message }
}

/// For this execution only.
pub(super) fn to_execution(name: &str, execution: u32, message: Event) -> Delivery {
    Delivery { to: Recipient::Id { id: id(name), execution: Some(ExecutionId(execution)) }, message }
}

/// To an instance that has finished.
pub(super) fn to_finished(name: &str, message: Event) -> Delivery {
    Delivery { to: Recipient::Finished { id: id(name) }, message }
}

/// To an instance that this makes.
pub(super) fn to_new(name: &str, message: Event) -> Delivery {
    Delivery { to: Recipient::New { instance: instance(name), refused: None }, message }
}

/// The same; if the id is taken, the subject is told.
pub(super) fn to_new_or(name: &str, message: Event, refused: Event) -> Delivery {
    Delivery { to: Recipient::New { instance: instance(name), refused: Some(Box::new(refused)) }, message }
}

pub(super) fn to_itself(message: Event) -> Delivery {
    Delivery { to: Recipient::Subject, message }
}

pub(super) fn update(status: Status, ownership: Ownership) -> InstanceUpdate {
    InstanceUpdate { status, ownership, parked_reason: None, crashes: 0, custom_status: None, mark: None }
}

pub(super) fn finished() -> InstanceUpdate {
    ended(Status::Completed)
}

/// An end of this kind.
pub(super) fn ended(status: Status) -> InstanceUpdate {
    update(status, Ownership::Release { wake_at: None })
}

pub(super) fn asleep(wake_at: Option<Timestamp>) -> InstanceUpdate {
    update(Status::Running, Ownership::Release { wake_at })
}

pub(super) fn parked(reason: &str) -> InstanceUpdate {
    let asleep = update(Status::Parked, Ownership::Release { wake_at: None });
    InstanceUpdate { parked_reason: Some(reason.into()), ..asleep }
}

pub(super) fn tags(all: &[(&str, &str)]) -> Tags {
    let mut tags = Tags::default();
    all.iter().for_each(|(name, value)| tags.insert(*name, *value).expect("the cases use valid tags"));
    tags
}

/// Commits, built up.
pub(super) trait CommitExt: Sized {
    fn turn(self, execution: u32, turn: PackedTurn) -> Self;
    fn update(self, update: InstanceUpdate) -> Self;
    fn deliver(self, delivery: Delivery) -> Self;
    fn at(self, now: Timestamp) -> Self;
    fn named(self, name: &str, version: &str) -> Self;
    fn consume(self, messages: &[InboxMessage]) -> Self;
    fn next(self, name: &str, version: &str, messages: Vec<Event>) -> Self;
    /// The next execution begins with these turns; the turns of the others stay.
    fn keeping(self, history: Vec<PackedTurn>) -> Self;
    fn request(self, id: &str, operation: &str) -> Self;
    fn tagged(self, tags: Tags) -> Self;
    fn replacing(self, replaces: StatusSet) -> Self;
    fn copied(self, history: Vec<PackedTurn>) -> Self;
}

impl CommitExt for Commit {
    fn turn(mut self, execution: u32, packed: PackedTurn) -> Self {
        self.turn = Some(TurnWrite { execution: ExecutionId(execution), packed });
        self
    }

    fn update(mut self, update: InstanceUpdate) -> Self {
        self.update = Some(update);
        self
    }

    fn deliver(mut self, delivery: Delivery) -> Self {
        self.deliveries.push(delivery);
        self
    }

    fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    fn named(mut self, name: &str, version: &str) -> Self {
        if let Subject::New(new) = &mut self.subject {
            (new.name, new.version) = (name.into(), version.into());
        }
        self
    }

    fn consume(mut self, messages: &[InboxMessage]) -> Self {
        self.consumed.extend(messages.iter().map(|m| m.id));
        self
    }

    fn next(mut self, name: &str, version: &str, messages: Vec<Event>) -> Self {
        let (name, version) = (name.into(), version.into());
        self.next = Some(NextExecution { name, version, messages, history: Vec::new(), keeps: false });
        self
    }

    fn keeping(mut self, history: Vec<PackedTurn>) -> Self {
        if let Some(next) = &mut self.next {
            (next.history, next.keeps) = (history, true);
        }
        self
    }

    fn request(mut self, id: &str, operation: &str) -> Self {
        let id = RequestId::new(id).expect("the cases use valid request ids");
        self.request = Some(Request { id, operation: operation.into() });
        self
    }

    fn tagged(mut self, tags: Tags) -> Self {
        if let Subject::New(new) = &mut self.subject {
            new.tags = tags;
        }
        self
    }

    fn replacing(mut self, replaces: StatusSet) -> Self {
        if let Subject::New(new) = &mut self.subject {
            new.replaces = replaces;
        }
        self
    }

    fn copied(mut self, history: Vec<PackedTurn>) -> Self {
        if let Subject::New(new) = &mut self.subject {
            new.history = history;
        }
        self
    }
}
