//! Starting instances and taking turns.

use std::collections::HashSet;

use super::resident::{Continued, Effects, OpenOperations, PendingStart, Presence, Queued, Resident};
use super::writes::{Whereabouts, Writes};
use super::{Engine, LocalId, StartRefused, StartRequest};
use crate::definition::OrchestratorFn;
use crate::failure::{Failure, FailureKind};
use crate::history::{Event, PackedTurn, Turn};
use crate::id::{EventSeq, ExecutionId, MessageId, TaskId};
use crate::limits::SLEEP_AT_ONCE_TURNS_MAX;
use crate::store::{
    Commit, Delivery, InstanceUpdate, Lease, NewInstance, Offer, Ownership, Recipient, Request, Status, Subject,
    TurnWrite,
};
use crate::time::Timestamp;
use crate::worker::session::{Refused, Session};

impl Engine {
    /// Starts an instance here: its creation and its first turn go into one commit.
    pub fn start(&mut self, request: StartRequest) {
        let code = self.registry.orchestrator(&request.instance.name, &request.instance.version).cloned();
        let Some(code) = code.filter(|_| !self.stopping && !self.lease_lost) else {
            // The receiver may be gone: then nobody wants to know.
            let _ = request.reply.send(Err(StartRefused::NotHere));
            return;
        };
        let local = self.new_local();
        let StartRequest { instance, started, request, reply } = request;
        let message = Event::ExecutionStarted(Box::new(started));
        let resident = Resident {
            key: None,
            id: instance.id.clone(),
            execution: ExecutionId(0),
            name: instance.name.clone(),
            version: instance.version.clone(),
            status: Status::Running,
            crashes: 0,
            presence: Presence::Absent,
            mark: None,
            queue: Vec::new(),
            seen: MessageId(0),
            uncommitted: None,
            open: OpenOperations::default(),
            start: Some(Box::new(PendingStart { instance, request, message })),
            births: Vec::new(),
            starter: Some(reply),
            waiters: Vec::new(),
            is_ready: false,
            stamp: 0,
        };
        self.residents.insert(local, resident);
        self.begin(local, code);
    }

    /// Begins the execution of a resident that has none yet.
    fn begin(&mut self, local: LocalId, code: OrchestratorFn) {
        let double_run = self.double_run.clone();
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let session = Session::begin(resident.id.clone(), resident.execution, code, double_run);
        resident.presence = Presence::Live(Box::new(session));
        let start = resident.start.as_ref().map(|start| start.message.clone());
        resident.queue.extend(start.map(|message| Queued { message, inbox: None }));
        self.touch(local);
        self.make_ready(local);
    }

    /// The start takes the place of a finished execution: its first turn is taken again, under
    /// the number that it will have.
    pub(super) fn begin_again(&mut self, local: LocalId, execution: ExecutionId) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let code = self.registry.orchestrator(&resident.name, &resident.version).cloned();
        resident.execution = execution;
        resident.uncommitted = None;
        resident.open = OpenOperations::default();
        resident.queue.clear();
        if let Some(code) = code {
            self.begin(local, code);
        }
    }

    /// The execution that follows on one that continued as new: its messages are in the inbox.
    pub(super) fn begin_next(&mut self, local: LocalId, execution: ExecutionId, continued: Continued) {
        let double_run = self.double_run.clone();
        let Some(resident) = self.residents.get_mut(&local) else { return };
        (resident.name, resident.version) = (continued.name, continued.version);
        resident.execution = execution;
        resident.open = OpenOperations::default();
        // Results for the old execution mean nothing; what came through the inbox has been
        // numbered anew and is read again.
        resident.queue.clear();
        resident.seen = MessageId(0);
        // It was not released, so its code is here.
        let Some(code) = self.registry.orchestrator(&resident.name, &resident.version).cloned() else { return };
        let session = Session::begin(resident.id.clone(), execution, code, double_run);
        resident.presence = Presence::Live(Box::new(session));
        self.touch(local);
        self.mail_wanted = true;
        self.mail_again(local, self.marks.commit);
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
        if resident.queue.iter().any(|q| matches!(q.message, Event::RewindRequested { .. })) {
            // It is not for the orchestrator: the history is looked at as a whole.
            return self.bring_back_later(local);
        }
        let (mut messages, consumed) = take_wanted(&mut resident.queue, &resident.open);
        if messages.is_empty() {
            return self.consume(local, consumed);
        }
        if session.events() >= self.settings.history_events_max {
            messages = vec![over_limit(session.events())];
        }
        if let Some(watch) = &self.turns {
            watch.begin(&resident.id);
        }
        let turned = session.turn(now, messages);
        if let Some(watch) = &self.turns {
            watch.end();
        }
        let turn = match turned {
            Ok(turn) => turn,
            Err(Refused(reason)) => return self.park(local, reason),
        };
        let packed = match PackedTurn::pack(&turn) {
            Ok(packed) => packed,
            Err(e) => return self.park(local, e.to_string()),
        };
        let untaken = session.take_untaken_events();
        self.commit_turn(local, turn, packed, consumed, untaken);
        self.touch(local);
    }

    fn commit_turn(
        &mut self,
        local: LocalId,
        turn: Turn,
        packed: PackedTurn,
        consumed: Vec<MessageId>,
        untaken: Vec<Event>,
    ) {
        let (now, lease, horizon) = (self.now, self.lease, self.now + self.settings.timer_horizon);
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let mut effects = resident.open.absorb(&turn);
        let whereabouts = match (&effects.ended, &effects.continued) {
            (Some(_), _) => Whereabouts::Leaves(None),
            // Where the code of the next execution is not here, whoever has it takes it from here.
            (None, Some(next)) if self.registry.orchestrator(&next.name, &next.version).is_none() => {
                Whereabouts::Leaves(Some(now))
            }
            (None, Some(_)) => Whereabouts::Stays,
            (None, None) if resident.is_long() => Whereabouts::Stays,
            (None, None) => resident.sleep_until(horizon).map_or(Whereabouts::Stays, Whereabouts::Leaves),
        };
        effects.leaves = matches!(whereabouts, Whereabouts::Leaves(_));
        let writes = resident.writes_of(&turn, &effects, &whereabouts, untaken, &mut *self.random);
        resident.births = Vec::new();
        effects.delivered = !writes.deliveries.is_empty();
        effects.messages = turn.messages;
        effects.is_turn = true;
        resident.crashes = 0;
        if let Some(update) = &writes.update {
            resident.status = update.status;
        }
        let subject = match resident.key {
            Some(key) => Subject::Owned { lease, key },
            None => Subject::New(resident.as_new(Some(lease))),
        };
        let request = resident.request();
        let turn = Some(TurnWrite { execution: resident.execution, packed });
        resident.uncommitted = Some(effects);
        let Writes { update, next, deliveries } = writes;
        self.pending
            .push((local, Commit { turn, consumed, update, next, deliveries, request, ..Commit::new(subject, now) }));
    }

    /// Takes messages out of the inbox that mean nothing any more.
    pub(super) fn consume(&mut self, local: LocalId, consumed: Vec<MessageId>) {
        let (now, lease) = (self.now, self.lease);
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let Some(key) = resident.key.filter(|_| !consumed.is_empty()) else { return };
        resident.uncommitted = Some(Effects::default());
        let subject = Subject::Owned { lease, key };
        let commit = Commit { consumed, ..Commit::new(subject, now) };
        self.pending.push((local, commit));
    }

    /// Parks an instance: only its row changes, its history and its inbox stay as they are. One
    /// that does not exist yet is created, with its start in the inbox.
    pub(super) fn park(&mut self, local: LocalId, reason: String) {
        let (now, lease) = (self.now, self.lease);
        let Some(resident) = self.residents.get_mut(&local) else { return };
        tracing::error!(instance = %resident.id, orchestrator = %resident.name, "parked: {reason}");
        self.counters.parked += 1;
        let request = resident.request();
        let (subject, deliveries) = match resident.key {
            Some(key) => (Subject::Owned { lease, key }, Vec::new()),
            None => {
                let subject = Subject::New(resident.as_new(None));
                let message = resident.start.take().map(|start| start.message);
                let start = message.map(|message| Delivery { to: Recipient::Subject, message });
                (subject, start.into_iter().collect())
            }
        };
        let update = Some(InstanceUpdate {
            status: Status::Parked,
            ownership: Ownership::Release { wake_at: None },
            parked_reason: Some(reason),
            crashes: resident.crashes,
            custom_status: None,
            mark: None,
        });
        for run in resident.open.tasks.values_mut().filter_map(|t| t.run.take()) {
            self.activities.cancel(run);
        }
        resident.presence = Presence::Absent;
        let mut effects = Effects::leaving();
        if self.registry.orchestrator(&resident.name, &resident.version).is_none() {
            effects.recheck = Some(Offer { name: resident.name.clone(), version: resident.version.clone() });
        }
        resident.uncommitted = Some(effects);
        self.lru.remove(&resident.stamp);
        self.pending.push((local, Commit { update, deliveries, request, ..Commit::new(subject, now) }));
    }

    /// Lets an instance sleep that is in memory and has nothing to do. Whether it does.
    pub(super) fn release_if_idle(&mut self, local: LocalId) -> bool {
        let (now, lease, horizon) = (self.now, self.lease, self.now + self.settings.timer_horizon);
        let Some(resident) = self.residents.get_mut(&local) else { return false };
        if matches!(resident.presence, Presence::Suspect | Presence::Reloading)
            || resident.uncommitted.is_some()
            || !resident.queue.is_empty()
            || resident.start_is_pending()
        {
            return false;
        }
        // The report of a child wakes it as an event does; while there is room it waits for
        // children in memory, because they often end soon.
        let (Some(key), Some(wake_at)) = (resident.key, resident.quiet_until(horizon)) else { return false };
        let update = Some(InstanceUpdate {
            status: resident.status,
            ownership: Ownership::Release { wake_at },
            parked_reason: None,
            crashes: resident.crashes,
            custom_status: None,
            mark: None,
        });
        resident.uncommitted = Some(Effects::leaving());
        self.pending.push((local, Commit { update, ..Commit::new(Subject::Owned { lease, key }, now) }));
        true
    }

    /// Ends an instance on request that cannot run here: its code or its history do not fit.
    pub(super) fn terminate_unrunnable(&mut self, local: LocalId, last: Option<&Turn>, reason: &str) {
        let now = self.now;
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let at = last.map_or(now, |t| t.at.max(now));
        let seq = last.map_or(EventSeq(0), Turn::next_seq);
        let (mut consumed, mut messages) = (Vec::new(), Vec::new());
        for Queued { message, inbox } in resident.queue.drain(..) {
            consumed.extend(inbox);
            // One that has not begun: its history begins with its start all the same, and its
            // parent, which stands there, is told.
            if last.is_none() && messages.is_empty() && matches!(message, Event::ExecutionStarted(_)) {
                messages.push(message);
            }
        }
        let tasks = resident.open.tasks.keys().map(|id| Event::TaskCanceled { id: *id });
        let timers = resident.open.timers.keys().map(|(id, _)| Event::TimerCanceled { id: *id });
        let children = resident.open.children.iter();
        let children = children.map(|(id, (_, i))| Event::SubOrchestrationCanceled { id: *id, instance: i.clone() });
        let mut decisions: Vec<Event> = tasks.chain(timers).chain(children).collect();
        decisions.push(Event::ExecutionTerminated { reason: reason.to_owned() });
        messages.push(Event::TerminateRequested { reason: reason.to_owned(), by: None });
        let turn = Turn { seq, at, messages, decisions };
        match PackedTurn::pack(&turn) {
            Ok(packed) => self.commit_turn(local, turn, packed, consumed, Vec::new()),
            Err(e) => self.park(local, e.to_string()),
        }
    }
}

impl Resident {
    fn as_new(&self, owner: Option<Lease>) -> NewInstance {
        let asked_for = self.start.as_ref().map(|start| start.instance.clone());
        let new =
            asked_for.unwrap_or_else(|| NewInstance::new(self.id.clone(), self.name.clone(), self.version.clone()));
        NewInstance { owner, ..new }
    }

    /// Who asked for what is not durable yet.
    fn request(&self) -> Option<Request> {
        self.start.as_ref().and_then(|start| start.request.clone())
    }

    /// If it waits for nothing but events and timers beyond the horizon: until when it can sleep.
    fn sleep_until(&self, horizon: Timestamp) -> Option<Option<Timestamp>> {
        self.quiet_until(horizon).filter(|_| self.open.children.is_empty())
    }

    /// If only messages and timers beyond the horizon can wake it: the earliest of these.
    fn quiet_until(&self, horizon: Timestamp) -> Option<Option<Timestamp>> {
        let earliest = self.open.timers.values().min().copied();
        (self.open.tasks.is_empty() && earliest.is_none_or(|at| at > horizon)).then_some(earliest)
    }

    /// Whether bringing it back costs so much that it stays in memory while there is room.
    fn is_long(&self) -> bool {
        matches!(&self.presence, Presence::Live(session) if session.turns() > SLEEP_AT_ONCE_TURNS_MAX)
    }

    /// Whether it has not begun: its start has yet to be read from the inbox.
    fn start_is_pending(&self) -> bool {
        matches!(&self.presence, Presence::Live(session) if session.turns() == 0)
    }
}

/// The end of an execution whose history has grown too long.
fn over_limit(events: u64) -> Event {
    let why = format!(
        "its history has {events} events, which is the limit: end it, or begin a new history with `ctx.continue_as_new(..)`"
    );
    Event::ExecutionAborted { failure: Failure::new(FailureKind::Limit, why) }
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
        Event::TaskCompleted { id, attempt, .. }
        | Event::TaskFailed { id, attempt, .. }
        | Event::SubOrchestrationCompleted { id, attempt, .. }
        | Event::SubOrchestrationFailed { id, attempt, .. } => Some(Resolves::Task(*id, *attempt)),
        _ => None,
    }
}
