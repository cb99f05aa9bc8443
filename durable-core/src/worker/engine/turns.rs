//! Starting instances and taking turns.

use std::collections::HashSet;

use super::resident::{Effects, OpenOperations, Presence, Queued, Resident};
use super::{Engine, LocalId, StartRefused, StartRequest};
use crate::history::{Event, ExecutionStarted, PackedTurn, Turn};
use crate::id::{ExecutionId, MessageId, TaskId};
use crate::store::{
    Commit, Delivery, InstanceUpdate, NewInstance, Ownership, Recipient, Status, Subject, TurnWrite,
};
use crate::worker::session::{Refused, Session};

impl Engine {
    /// Starts an instance here: its creation and its first turn go into one commit.
    pub fn start(&mut self, request: StartRequest) {
        let code = self.registry.orchestrator(&request.name, &request.version).cloned();
        let Some(code) = code.filter(|_| !self.stopping && !self.lease_lost) else {
            // The receiver may be gone: then nobody wants to know.
            let _ = request.reply.send(Err(StartRefused::NotHere));
            return;
        };
        let local = self.new_local();
        let seed = (self.random)();
        let (id, execution) = (request.id, ExecutionId(0));
        let session = Session::rebuild(id.clone(), execution, code, Vec::new(), self.settings.double_run);
        let Ok(session) = session else { return };
        let started = ExecutionStarted {
            name: request.name.clone(),
            version: request.version.clone(),
            input: request.input,
            seed,
        };
        let start = Queued { message: Event::ExecutionStarted(Box::new(started)), inbox: None };
        let resident = Resident {
            key: None,
            id,
            execution,
            name: request.name,
            version: request.version,
            seed,
            crashes: 0,
            presence: Presence::Live(Box::new(session)),
            queue: vec![start],
            uncommitted: None,
            open: OpenOperations::default(),
            starter: Some(request.reply),
            waiters: Vec::new(),
            is_ready: false,
            stamp: 0,
        };
        self.residents.insert(local, resident);
        self.touch(local);
        self.make_ready(local);
    }

    pub(super) fn take_turns(&mut self) {
        for local in std::mem::take(&mut self.ready) {
            self.take_turn(local);
        }
    }

    fn take_turn(&mut self, local: LocalId) {
        let now = self.now;
        let Some(resident) = self.residents.get_mut(&local) else { return };
        resident.is_ready = false;
        let Presence::Live(session) = &mut resident.presence else { return };
        if resident.uncommitted.is_some() {
            return;
        }
        let (messages, consumed) = take_wanted(&mut resident.queue, &resident.open);
        if messages.is_empty() {
            return self.consume(local, consumed);
        }
        let start = matches!(messages.first(), Some(Event::ExecutionStarted(_))).then(|| messages[0].clone());
        let turn = match session.turn(now, messages) {
            Ok(turn) => turn,
            Err(Refused(reason)) => return self.park_start(local, reason, start),
        };
        let packed = match PackedTurn::pack(&turn) {
            Ok(packed) => packed,
            Err(e) => return self.park_start(local, e.to_string(), start),
        };
        resident.seed = session.seed().unwrap_or_default();
        self.commit_turn(local, turn, packed, consumed);
        self.touch(local);
    }

    fn commit_turn(&mut self, local: LocalId, turn: Turn, packed: PackedTurn, consumed: Vec<MessageId>) {
        let (now, lease, horizon) = (self.now, self.lease, self.now + self.settings.timer_horizon);
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let mut effects = resident.open.absorb(&turn);
        effects.messages = turn.messages;
        let sleep = resident.sleep_until(horizon);
        effects.leaves = effects.ended.is_some() || sleep.is_some();

        let status = effects.ended.as_ref().map_or(Status::Running, |e| e.status);
        let ownership = match (&effects.ended, sleep) {
            (Some(_), _) => Ownership::Release { wake_at: None },
            (None, Some(at)) => Ownership::Release { wake_at: Some(at) },
            (None, None) => Ownership::Keep,
        };
        // A turn in the middle of things touches no row but its own. Progress clears suspicion.
        let update = (effects.leaves || resident.crashes > 0).then_some(InstanceUpdate {
            status,
            ownership,
            parked_reason: None,
            crashes: 0,
        });
        resident.crashes = 0;
        let subject = match resident.key {
            Some(key) => Subject::Owned { lease, key },
            None => Subject::New(NewInstance {
                id: resident.id.clone(),
                name: resident.name.clone(),
                version: resident.version.clone(),
                owner: Some(lease),
            }),
        };
        let turn = Some(TurnWrite { execution: resident.execution, packed });
        resident.uncommitted = Some(effects);
        self.pending.push((local, Commit { subject, turn, consumed, update, deliveries: Vec::new(), now }));
    }

    /// Takes messages out of the inbox that mean nothing any more.
    fn consume(&mut self, local: LocalId, consumed: Vec<MessageId>) {
        let (now, lease) = (self.now, self.lease);
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let Some(key) = resident.key.filter(|_| !consumed.is_empty()) else { return };
        resident.uncommitted = Some(Effects::default());
        let subject = Subject::Owned { lease, key };
        self.pending.push((local, Commit { subject, turn: None, consumed, update: None, deliveries: Vec::new(), now }));
    }

    /// Parks an instance: only its row changes, its history and its inbox stay as they are.
    pub(super) fn park(&mut self, local: LocalId, reason: String) {
        self.park_start(local, reason, None);
    }

    /// Parks an instance that may not exist yet: then it is created, with its start in the
    /// inbox.
    fn park_start(&mut self, local: LocalId, reason: String, start: Option<Event>) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        tracing::error!(instance = %resident.id, orchestrator = %resident.name, "parked: {reason}");
        let lease = self.lease;
        let (subject, deliveries) = match resident.key {
            Some(key) => (Subject::Owned { lease, key }, Vec::new()),
            None => {
                let new = NewInstance {
                    id: resident.id.clone(),
                    name: resident.name.clone(),
                    version: resident.version.clone(),
                    owner: None,
                };
                let start = start.map(|message| Delivery { to: Recipient::Subject, message });
                (Subject::New(new), start.into_iter().collect())
            }
        };
        let update = Some(InstanceUpdate {
            status: Status::Parked,
            ownership: Ownership::Release { wake_at: None },
            parked_reason: Some(reason),
            crashes: resident.crashes,
        });
        for run in resident.open.tasks.values_mut().filter_map(|t| t.run.take()) {
            self.activities.cancel(run);
        }
        resident.presence = Presence::Absent;
        resident.uncommitted = Some(Effects::leaving());
        self.lru.remove(&resident.stamp);
        let now = self.now;
        self.pending.push((local, Commit { subject, turn: None, consumed: Vec::new(), update, deliveries, now }));
    }

    /// Lets an instance sleep that was claimed and has nothing to do.
    pub(super) fn release_if_idle(&mut self, local: LocalId) {
        let (now, lease, horizon) = (self.now, self.lease, self.now + self.settings.timer_horizon);
        let Some(resident) = self.residents.get_mut(&local) else { return };
        if resident.uncommitted.is_some() || !resident.queue.is_empty() {
            return;
        }
        let (Some(key), Some(at)) = (resident.key, resident.sleep_until(horizon)) else { return };
        let update = Some(InstanceUpdate {
            status: Status::Running,
            ownership: Ownership::Release { wake_at: Some(at) },
            parked_reason: None,
            crashes: resident.crashes,
        });
        resident.uncommitted = Some(Effects::leaving());
        let subject = Subject::Owned { lease, key };
        self.pending.push((local, Commit {
            subject,
            turn: None,
            consumed: Vec::new(),
            update,
            deliveries: Vec::new(),
            now,
        }));
    }
}

impl Resident {
    /// If it waits for nothing but timers beyond the horizon: the earliest of them.
    fn sleep_until(&self, horizon: crate::time::Timestamp) -> Option<crate::time::Timestamp> {
        let earliest = self.open.timers.values().min().copied()?;
        (self.open.tasks.is_empty() && earliest > horizon).then_some(earliest)
    }
}

/// Takes the messages that still mean something, and the inbox numbers of all. Of two that
/// resolve the same (a timer that was armed twice, a result and the timeout of its attempt, a
/// start that came with the claim and as mail) the first counts.
fn take_wanted(queue: &mut Vec<Queued>, open: &OpenOperations) -> (Vec<Event>, Vec<MessageId>) {
    let mut consumed = Vec::new();
    let mut wanted = Vec::with_capacity(queue.len());
    // The common case is one message, and then there is nothing to compare it with.
    let are_several = queue.len() > 1;
    let mut resolved = HashSet::new();
    for queued in queue.drain(..) {
        consumed.extend(queued.inbox);
        let is_first = !are_several || resolves(&queued.message).is_none_or(|what| resolved.insert(what));
        if is_first && open.wants(&queued.message) {
            wanted.push(queued.message);
        }
    }
    (wanted, consumed)
}

/// What a message resolves: the start, a timer, or an attempt of a task.
#[derive(PartialEq, Eq, Hash)]
enum Resolves {
    Start,
    Timer(TaskId, u32),
    Task(TaskId, u32),
}

fn resolves(message: &Event) -> Option<Resolves> {
    match message {
        Event::ExecutionStarted(_) => Some(Resolves::Start),
        Event::TimerFired { id, attempt } => Some(Resolves::Timer(*id, *attempt)),
        Event::TaskCompleted { id, attempt, .. } | Event::TaskFailed { id, attempt, .. } => {
            Some(Resolves::Task(*id, *attempt))
        }
        _ => None,
    }
}
